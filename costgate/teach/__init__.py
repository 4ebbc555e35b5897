"""What `costgate sdks` shows, checks and drafts."""
