"""`pulumi-userplane recover`: finds links that a stack's runs made and its state does not hold."""
