package words

import "strings"

// EmojiWord returns what stands for an emoji on a phone that cannot show it: a short word in brackets. Skin tones and
// variations do not count; what has no word is Emoji.
func EmojiWord(language, emoji string) string {
	bare := strings.Map(func(r rune) rune {
		if r == '\ufe0f' || r == '\ufe0e' || r >= 0x1f3fb && r <= 0x1f3ff {
			return -1
		}
		return r
	}, emoji)
	word, ok := emojiWords[bare]
	if !ok {
		// Of several joined to one picture, the first says most: a woman who shrugs, shrugs last.
		parts := strings.Split(bare, "\u200d")
		for _, part := range []string{parts[len(parts)-1], parts[0]} {
			if word, ok = emojiWords[part]; ok && part != "♀" && part != "♂" {
				break
			}
		}
	}
	if !ok {
		return Say(language, Emoji)
	}
	return "(" + Say(language, word) + ")"
}

// emojiWords are the emoji that families use most, after the frequencies that Unicode publishes
// (https://home.unicode.org/emoji/emoji-frequency), and what children talk about.
var emojiWords = func() map[string]Sentence {
	all := map[string]Sentence{}
	for _, line := range []struct{ emoji, nb, en string }{
		{"😀😃😄😁😊☺🙂🤗😇🥲", "smil", "smile"},
		{"😂🤣😆😅😹", "ler", "laughs"},
		{"😍🥰😻", "forelsket", "in love"},
		{"😘😗😙😚💋", "kyss", "kiss"},
		{"😉", "blunker", "wink"},
		{"😋🤤", "nam", "yum"},
		{"😛😜🤪😝", "tunge ut", "tongue out"},
		{"😎", "kul", "cool"},
		{"🤔🧐", "hmm", "hmm"},
		{"🤨😏", "ser rart", "smirks"},
		{"😐😑😶", "ingen mine", "straight face"},
		{"🙄", "himler", "rolls eyes"},
		{"😬", "au da", "oops"},
		{"😴💤😪🥱", "sover", "sleeps"},
		{"😷🤒🤕🤧", "syk", "ill"},
		{"🤢🤮", "kvalm", "feels sick"},
		{"🥵", "varm", "hot"},
		{"🥶", "kald", "cold"},
		{"🥳🎉🎊", "feirer", "party"},
		{"😕😟🙁☹😞😔😒😣😖", "lei seg", "sad"},
		{"😢😥😿", "gråter", "cries"},
		{"😭", "storgråter", "cries a lot"},
		{"😮😯😲😧😦😳🙀", "overrasket", "surprised"},
		{"😨😰😱", "redd", "scared"},
		{"😓😩😫", "sliten", "tired"},
		{"😤😠😡🤬", "sint", "angry"},
		{"🥺", "ber pent", "pleading"},
		{"🤯", "sprengt hode", "mind blown"},
		{"🤡", "klovn", "clown"},
		{"💩", "bæsj", "poo"},
		{"👻", "spøkelse", "ghost"},
		{"💀☠", "hodeskalle", "skull"},
		{"👽🛸", "romvesen", "alien"},
		{"🤖", "robot", "robot"},
		{"❤🧡💛💚💙💜🖤🤍🤎♥💖💗💓💞💕💘💝💟❣", "hjerte", "heart"},
		{"💔", "knust hjerte", "broken heart"},
		{"👍", "tommel opp", "thumbs up"},
		{"👎", "tommel ned", "thumbs down"},
		{"👌✅✔☑", "ok", "ok"},
		{"👏", "klapper", "claps"},
		{"🙌", "hurra", "hooray"},
		{"🙏", "vær så snill", "please"},
		{"👋", "vinker", "waves"},
		{"💪", "sterk", "strong"},
		{"✌", "peace", "peace"},
		{"🤞", "krysser fingre", "fingers crossed"},
		{"👉☞", "peker", "points"},
		{"👀", "ser", "looks"},
		{"🤷", "vet ikke", "shrugs"},
		{"🤦", "huff", "facepalm"},
		{"🙈🙉🙊🐵🐒", "ape", "monkey"},
		{"🫂", "klem", "hug"},
		{"❌✖❎🚫", "nei", "no"},
		{"❓❔", "?", "?"},
		{"❗❕‼", "!", "!"},
		{"⭐🌟✨💫", "stjerne", "star"},
		{"🔥", "ild", "fire"},
		{"💯", "100", "100"},
		{"⚠", "obs", "careful"},
		{"🆘", "SOS", "SOS"},
		{"☀🌞🌅", "sol", "sun"},
		{"🌧☔🌦☂", "regn", "rain"},
		{"❄☃⛄🌨", "snø", "snow"},
		{"⚡⛈🌩", "torden", "thunder"},
		{"🌈", "regnbue", "rainbow"},
		{"🌙🌛🌜🌚", "måne", "moon"},
		{"🌹🌸🌷🌺🌻🌼💐", "blomst", "flower"},
		{"🎂🍰🧁", "kake", "cake"},
		{"🎁", "gave", "present"},
		{"🎄", "juletre", "Christmas tree"},
		{"🎅🤶", "julenisse", "Santa"},
		{"🐶🐕", "hund", "dog"},
		{"🐱🐈", "katt", "cat"},
		{"🐴🐎🏇", "hest", "horse"},
		{"🐰🐇", "kanin", "rabbit"},
		{"🦄", "enhjørning", "unicorn"},
		{"🍕", "pizza", "pizza"},
		{"🍔", "burger", "burger"},
		{"🌮", "taco", "taco"},
		{"🍦🍨", "is", "ice cream"},
		{"🍫🍬🍭", "godteri", "sweets"},
		{"🍎🍏", "eple", "apple"},
		{"🍌", "banan", "banana"},
		{"🍽🍴🍲🍝", "middag", "dinner"},
		{"☕", "kaffe", "coffee"},
		{"🏠🏡🏘", "hjem", "home"},
		{"🏫🎒", "skole", "school"},
		{"🚗🚙", "bil", "car"},
		{"🚌🚍", "buss", "bus"},
		{"🚆🚂🚉", "tog", "train"},
		{"🚲", "sykkel", "bike"},
		{"✈🛫", "fly", "plane"},
		{"⚽", "fotball", "football"},
		{"🏀🤾", "ball", "ball"},
		{"🏊", "svømmer", "swims"},
		{"⛷🎿⛸", "ski", "skiing"},
		{"🏃", "løper", "runs"},
		{"🚶", "går", "walks"},
		{"🎮🕹", "spill", "game"},
		{"🎵🎶🎤🎸", "musikk", "music"},
		{"📚📖", "bok", "book"},
		{"📞☎📱", "ring", "call"},
		{"⏰⌚⌛⏳", "klokke", "clock"},
		{"💰💵🪙", "penger", "money"},
		{"🔑", "nøkkel", "key"},
		{"👶", "baby", "baby"},
		{"👨👩👦👧🧒👪", "person", "person"},
		{"💃🕺", "danser", "dances"},
		{"🏆🥇", "vant", "winner"},
		{"📷📸", "bilde", "picture"},
	} {
		for _, r := range line.emoji {
			all[string(r)] = Sentence{line.nb, line.en}
		}
	}
	all["🇳🇴"] = Sentence{"norsk flagg", "Norwegian flag"}
	return all
}()
