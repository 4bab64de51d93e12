"""Files people take away: the meeting as a spreadsheet and as slides, with native charts."""
