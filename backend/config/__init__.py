"""Settings, start-up checks, and how the demo is run."""
