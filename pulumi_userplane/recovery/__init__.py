"""What finds and resumes the creations that an interrupted run left."""
