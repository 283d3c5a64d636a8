"""What did talk? Traffic that was allowed, or refused, against policy and proof."""
