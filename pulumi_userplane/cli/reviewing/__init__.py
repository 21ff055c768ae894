"""The parts of `pulumi-userplane review`: reading a preview, deciding what it means, saying it.

digest → joining → deciding → model → words → markdown, plain_text, as_json; none of them reads or writes a file.
"""
