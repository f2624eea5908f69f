package words

import (
	"testing"
	"time"
)

func TestDaysOfTheWeek(t *testing.T) {
	for _, c := range []struct {
		days                     []time.Weekday
		nb, en, shortNb, shortEn string
	}{
		{[]time.Weekday{1}, "mandag", "Monday", "man", "Mon"},
		{[]time.Weekday{1, 2, 3, 4, 5}, "mandag til fredag", "Monday to Friday", "man-fre", "Mon-Fri"},
		{[]time.Weekday{0, 6}, "lørdag og søndag", "Saturday and Sunday", "lør, søn", "Sat, Sun"},
		{[]time.Weekday{0, 1}, "søndag og mandag", "Sunday and Monday", "søn, man", "Sun, Mon"},
		{[]time.Weekday{0, 1, 2, 3, 4}, "søndag til torsdag", "Sunday to Thursday", "søn-tor", "Sun-Thu"},
		{[]time.Weekday{1, 3, 5}, "mandag, onsdag og fredag", "Monday, Wednesday and Friday", "man, ons, fre", "Mon, Wed, Fri"},
		{[]time.Weekday{0, 1, 2, 3, 4, 5, 6}, "hver dag", "every day", "hver dag", "every day"},
		{nil, "", "", "", ""},
	} {
		has := func(day time.Weekday) bool {
			for _, d := range c.days {
				if d == day {
					return true
				}
			}
			return false
		}
		for _, one := range []struct{ got, want string }{
			{Days(Bokmål, has), c.nb}, {Days(English, has), c.en}, {ShortDays(Bokmål, has), c.shortNb}, {ShortDays(English, has), c.shortEn},
		} {
			if one.got != one.want {
				t.Errorf("%v: %q, want %q", c.days, one.got, one.want)
			}
		}
	}
}

func TestHoursAndDates(t *testing.T) {
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct{ got, want string }{
		{Hours(Bokmål, 495, 810), "kl. 08.15–13.30"},
		{Hours(English, 495, 810), "from 08:15 to 13:30"},
		{Hours(Bokmål, 0, 1440), "hele dagen"},
		{Hours(English, 960, 1440), "from 16:00 to 24:00"},
		{ShortDates(Bokmål, day(9, 28), day(10, 2)), "28.9.-2.10."},
		{ShortDates(English, day(9, 28), day(10, 2)), "28 Sep - 2 Oct"},
		{ShortDates(Bokmål, day(9, 28), day(9, 28)), "28.9."},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
