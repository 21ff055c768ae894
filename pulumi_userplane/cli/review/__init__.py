"""`pulumi-userplane review`: says what a preview does to links, for those who approve it."""
