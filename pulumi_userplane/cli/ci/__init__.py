"""`pulumi-userplane ci`: previews, applies and watches stacks in a pipeline; writes what that means for links."""
