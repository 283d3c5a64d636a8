"""What a virtual infrastructure is: frozen records, facts, identity, snapshots, differences."""
