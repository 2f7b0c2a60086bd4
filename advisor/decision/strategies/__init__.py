"""What asking several times, or several models, gives: from answers that were kept."""
