"""Lists of real places that come with the project; README.md says where each is from."""
