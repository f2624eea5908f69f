package bridge

import (
	"strings"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// lineSaid tells a guardian its own line on a child's list, in its language.
func lineSaid(language string, a Allow, child string) string {
	said := []string{words.Say(language, words.LineNoKey)}
	if a.Key != 0 {
		said[0] = words.Say(language, words.LineKey, a.Key)
	}
	both := map[[2]bool]words.Sentence{
		{true, true}: words.LineBoth, {true, false}: words.LineFrom, {false, true}: words.LineTo, {false, false}: words.LineShut,
	}[[2]bool{a.FromChild, a.ToChild}]
	said = append(said, words.Say(language, both, child))
	if a.When != "" && a.When != policy.Always {
		var hours []string
		for name := range strings.SplitSeq(a.When, ",") {
			name = strings.TrimSpace(name)
			if mode, known := modeWords[policy.Mode(name)]; known {
				name = words.Say(language, mode)
			}
			hours = append(hours, name)
		}
		said = append(said, words.Say(language, words.LineOnly, strings.Join(hours, ", ")))
	}
	return strings.Join(said, ", ")
}
