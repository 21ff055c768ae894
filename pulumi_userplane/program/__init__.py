"""What a Pulumi program writes: the resource, the explicit account and the functions."""
