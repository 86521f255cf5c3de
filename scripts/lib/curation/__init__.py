"""From candidate questions to training sets: pure functions on Question frames."""
