"""What the pages share: state in the URL, how figures are shown, words of the glossary."""
