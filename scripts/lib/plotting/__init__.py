"""Drawing of figures: style, panels, and how series are told apart."""
