"""Every minute: sends what is due, repairs what a lost message left behind, and tidies up."""
