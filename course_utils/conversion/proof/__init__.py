"""The proof that a converted model computes what the original does, in the runtime it was converted for."""
