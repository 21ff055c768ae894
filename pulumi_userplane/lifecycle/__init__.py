"""The operations of a link's life, one module each, and the decisions that they share."""
