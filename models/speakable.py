def speakable(t): return t
