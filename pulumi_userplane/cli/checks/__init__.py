"""The checks of `pulumi-userplane doctor`."""
