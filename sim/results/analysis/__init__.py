"""What is computed of a results folder; to declare a table it is enough that a module here holds a `ResultTable`."""
