"""Speed and memory, each as a ratio to a yardstick that runs beside the engine."""
