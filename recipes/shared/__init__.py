"""What the recipes share: options, run folders, training that can be interrupted, reports."""
