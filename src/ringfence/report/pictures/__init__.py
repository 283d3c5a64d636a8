"""Pictures as SVG made on the server: sharp at any size, without script, with title and text."""
