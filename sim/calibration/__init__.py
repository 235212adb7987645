"""What is known of the parameters: laws before and (later) after the evidence."""
