"""Who can talk: segments, header sets, the zone matrix, verdicts and witnesses."""
