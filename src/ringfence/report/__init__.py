"""Tell it: terminal, HTML, pictures, and files for other tools."""
