//! The shop: a small store whose every page follows from a seed, the tasks of buying in it, and what an order is worth.
