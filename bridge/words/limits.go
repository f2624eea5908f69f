package words

// GuardianFamilyLimits tells the other guardians of the limits of the whole gateway.
var GuardianFamilyLimits = Sentence{ // who, a day, a month, reserve
	"%s har satt grensene for hele Knapp: %s SMS om dagen, %s i måneden, %d av dem bare for foresatte.",
	"%s has set the limits for the whole of Knapp: %s SMS a day, %s a month, %d of them for guardians alone.",
}
