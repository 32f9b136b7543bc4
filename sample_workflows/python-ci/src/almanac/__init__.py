"""Day numbers, Easter dates, Roman numerals and year sheets."""
