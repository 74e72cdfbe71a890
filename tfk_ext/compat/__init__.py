"""Everything that knows of Keras 1 and 2: old spellings, module paths, the launcher of old programs."""
