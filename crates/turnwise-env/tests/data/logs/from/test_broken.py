"""Cannot be collected."""

import nothing_like_it
