package tasks

import (
	"testing"
)

func TestTakingATask(t *testing.T) {
	t.Parallel()
	t.Run("a free one", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j")
			d.rest()
			d.press("t")
			if want := "SCTASK0010045 is yours"; d.said() != want {
				t.Errorf("notice = %q, want %q", d.said(), want)
			}
			d.press("t")
			if want := "SCTASK0010045 is given back to its group"; d.said() != want {
				t.Errorf("notice = %q, want %q", d.said(), want)
			}
		})
	})
	t.Run("one that is known to be taken", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j", "j")
			d.rest()
			d.press("t")
			if want := "priya has it since 10:24; an admin can release it"; d.said() != want || q.count("claim") != 0 {
				t.Errorf("notice = %q, want %q", d.said(), want)
			}
		})
	})
	t.Run("one that was taken a moment ago", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j")
			d.rest()
			heldBy("priya")(q.cases["SCTASK0010045"])
			d.press("t")
			if want := "SCTASK0010045: priya took it at 10:24:00"; d.said() != want {
				t.Errorf("notice = %q, want %q", d.said(), want)
			}
			d.shows("with priya")
		})
	})
	t.Run("twice at once", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j")
			d.rest()
			d.hold = true
			d.press("t", "t")
			if want := "SCTASK0010045 is being taken"; d.said() != want || q.count("claim") != 1 {
				t.Errorf("notice = %q, want %q; asked %q", d.said(), want, q.asked)
			}
			d.release()
		})
	})
	t.Run("in the work area, which then plans", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j", "enter", "t")
			d.shows("yours since", "f runs the plan.", "nothing → view, permanent")
		})
	})
}

func TestAnAdminIsAskedBeforeReleasingSomebodyElsesTask(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		heldBy("priya")(q.cases["SCTASK0010043"])
		d := sitAs(t, "root", q, 120, 32)
		d.press("j")
		d.rest()
		d.press("t")
		d.shows("Release SCTASK0010043", "priya has it since 10:24")
		d.press("enter")
		if q.count("release") != 0 {
			t.Fatal("the default released it")
		}
		d.press("t", "right", "enter")
		if q.count("release SCTASK0010043") != 1 {
			t.Errorf("it was not released: %q", q.asked)
		}
	})
}

func TestSomebodyElsesTaskIsNeverSilent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, who, says, shows string }{
		{"for one of its group", "omar", "priya has it; an admin can release it", "they, or an admin, can release it"},
		{"for an admin", "root", "priya has it; t releases it", "t gives it back to its group"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				q := company()
				c := q.cases["SCTASK0010042"]
				c.Timeline = c.Timeline[:len(c.Timeline)-1] // omar's claim
				heldBy("priya")(c)
				c.Tasks[0].Updated = noon // changed later, without being taken anew
				d := sitAs(t, tt.who, q, 120, 32)
				for _, keys := range [][]string{{"f"}, {"f"}, {"s"}} { // in the list, then in the work area
					d.notices = nil
					d.press(keys...)
					if d.said() != tt.says {
						t.Errorf("%s says %q, want %q", keys, d.said(), tt.says)
					}
				}
				d.shows(tt.shows)
				d.press("c")
				d.shows("not now: priya has it since 10:24")
			})
		})
	}
}
