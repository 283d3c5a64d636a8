"""What a report shows, before anyone draws it: shared by every format."""
