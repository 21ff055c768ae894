"""`pulumi-userplane links`: lists a workspace's links, who made and who manages them."""
