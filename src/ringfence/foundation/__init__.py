"""What every room needs: errors, progress, discovery of parts, canonical JSON, safe text."""
