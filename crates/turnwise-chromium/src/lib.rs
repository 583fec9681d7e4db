//! Chromium as a browser for web tasks, driven over a pipe inside the sandbox, and the MiniWoB++ pages in it.
