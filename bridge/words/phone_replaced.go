package words

// Replaced marks a text that stands in the place of an earlier one which was relayed already. The mark comes behind, since
// the first word of a text may say whom it is for.
var Replaced = Sentence{ // text
	"%s (rettet)",
	"%s (corrected)",
}
