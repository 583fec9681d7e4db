//! Tables of whole attempts.
