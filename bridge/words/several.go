package words

// GuardianAnswered is what guardians learn of each other.
var GuardianAnswered = Sentence{ // who, child
	"%s svarte %s.",
	"%s has answered %s.",
}
