package model_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/model"
)

func TestLimitSurvivesItsWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.OneOf(
			rapid.Just(model.Permanent),
			rapid.Map(rapid.Int64Range(1, 60*24*400), func(m int64) model.Limit { return model.For(time.Duration(m) * time.Minute) }),
			rapid.Map(rapid.Int64Range(1, 1<<33), func(s int64) model.Limit { return model.Until(time.Unix(s, 0)) }),
		).Draw(t, "limit")
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var got model.Limit
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		if got.String() != l.String() || !got.End(noon).Equal(l.End(noon)) {
			t.Fatalf("%s came back as %s", l, got)
		}
	})
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want time.Duration // 0: refused
	}{
		{"4 h", 4 * time.Hour}, {"4h", 4 * time.Hour}, {"30 min", 30 * time.Minute}, {"30m", 30 * time.Minute},
		{"1d 12h", 36 * time.Hour}, {"2 weeks", 14 * 24 * time.Hour}, {" 7 d ", 7 * 24 * time.Hour},
		{"", 0}, {"4", 0}, {"h", 0}, {"-4h", 0}, {"4 y", 0}, {"0 h", 0}, {"4h30", 0}, {"999999 weeks", 0}, {"4 h; rm", 0},
		{"999999w 999999w 999999w", 0},
	} {
		got, err := model.ParseDuration(tt.in)
		if got != tt.want || (err == nil) != (tt.want != 0) {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
}

func FuzzParseLimit(f *testing.F) {
	f.Add("4 h")
	f.Add("until 2026-11-21 18:00")
	f.Add("permanent")
	f.Fuzz(func(t *testing.T, s string) {
		l, err := model.ParseLimit(s, time.UTC)
		if err != nil {
			return
		}
		again, err := model.ParseLimit(l.String(), time.UTC)
		if err != nil || again != l {
			t.Errorf("%q reads as %s, which reads as %s, %v", s, l, again, err)
		}
	})
}

func TestParseTyped(t *testing.T) {
	t.Parallel()
	lyon, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 10, 30, 0, 0, lyon)
	on := func(day, hour, minute int) model.Limit {
		return model.Until(time.Date(2026, 11, day, hour, minute, 0, 0, lyon))
	}
	for _, tt := range []struct {
		name, in string
		now      time.Time
		want     model.Limit
		refused  bool
	}{
		{name: "a length", in: "45 min", want: model.For(45 * time.Minute)},
		{name: "a length with blanks around it", in: " 1d 12h ", want: model.For(36 * time.Hour)},
		{name: "no end", in: "Permanent", want: model.Permanent},
		{name: "a time that is still to come today", in: "18:30", want: on(21, 18, 30)},
		{name: "a time that has passed today", in: "9:05", want: on(22, 9, 5)},
		{name: "the time it is now", in: "10:30", want: on(22, 10, 30)},
		{name: "a time behind until", in: "UNTIL  9:05", want: on(22, 9, 5)},
		{name: "a time of tomorrow as the zone has it", in: "00:30", now: time.Date(2026, 11, 21, 23, 15, 0, 0, time.UTC), want: on(22, 0, 30)},
		{name: "a time over the end of summer time", in: "09:00", now: time.Date(2026, 10, 24, 12, 0, 0, 0, lyon),
			want: model.Until(time.Date(2026, 10, 25, 9, 0, 0, 0, lyon))},
		{name: "a date", in: "2026-11-24", want: on(24, 0, 0)},
		{name: "a date and time in another zone", in: "until 2026-11-24 08:00 utc", want: model.Until(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))},
		{name: "nothing", in: "  ", refused: true},
		{name: "no such time", in: "24:00", refused: true},
		{name: "a word", in: "tomorrow", refused: true},
		{name: "a number alone", in: "4", refused: true},
		{name: "until alone", in: "until", refused: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := tt.now
			if at.IsZero() {
				at = now
			}
			got, err := model.ParseTyped(tt.in, at, lyon)
			if got != tt.want || (err != nil) != tt.refused {
				t.Errorf("ParseTyped(%q) = %v, %v; want %v, refused %v", tt.in, got, err, tt.want, tt.refused)
			}
		})
	}
}

func TestEveryLimitCanBeTypedAsItIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := model.For(time.Duration(rapid.Int64Range(1, 40*24*60).Draw(t, "minutes")) * time.Minute)
		if rapid.Bool().Draw(t, "end") {
			limit = model.Until(noon.Add(time.Duration(rapid.Int64Range(-1e6, 1e7).Draw(t, "seconds")) * time.Second))
		}
		if got, err := model.ParseTyped(limit.String(), noon, time.UTC); got != limit || err != nil {
			t.Fatalf("ParseTyped(%q) = %v, %v", limit, got, err)
		}
	})
}

func TestATypedTimeIsTheNextOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := noon.Add(time.Duration(rapid.Int64Range(0, 1e6).Draw(t, "seconds")) * time.Second)
		typed := fmt.Sprintf("%d:%02d", rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
		limit, err := model.ParseTyped(typed, now, time.UTC)
		if end := limit.End(now); err != nil || !end.After(now) || end.After(now.Add(24*time.Hour)) {
			t.Fatalf("%q at %s ends at %s, %v", typed, now, end, err)
		}
	})
}

func TestLimitValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit model.Limit
		ok    bool
	}{
		{model.Permanent, true},
		{model.For(5 * time.Minute), true}, {model.For(4 * time.Minute), false},
		{model.For(30 * 24 * time.Hour), true}, {model.For(30*24*time.Hour + time.Minute), false},
		{model.Until(noon.Add(time.Hour)), true}, {model.Until(noon), false}, {model.Until(noon.Add(-time.Hour)), false},
		{model.Until(noon.Add(31 * 24 * time.Hour)), false},
	} {
		if err := tt.limit.Validate(noon); (err == nil) != tt.ok {
			t.Errorf("%s: %v, want ok %v", tt.limit, err, tt.ok)
		}
	}
}

func TestRightsAreAPartialOrder(t *testing.T) {
	t.Parallel()
	all := append(model.RecordRights(), model.FolderRights()...)
	for _, a := range all {
		if !a.Covers(a) {
			t.Errorf("%s does not cover itself", a)
		}
		for _, b := range all {
			if a != b && a.Covers(b) && b.Covers(a) {
				t.Errorf("%s and %s cover each other", a, b)
			}
			if a.OnRecord() != b.OnRecord() && a.Covers(b) {
				t.Errorf("%s covers %s, which is of another kind", a, b)
			}
			for _, c := range all {
				if a.Covers(b) && b.Covers(c) && !a.Covers(c) {
					t.Errorf("%s covers %s covers %s, but not transitively", a, b, c)
				}
			}
		}
	}
	if model.RightEdit.Covers(model.RightShare) || model.RightShare.Covers(model.RightEdit) {
		t.Error("edit and share are independent")
	}
}

func TestValidateEmailKeepsTheVaultsRule(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"alice@example.com": true, "invalid.user@example.com": true, "a+b-c_d@sub.example.com": true,
		"o'brien@example.com": false, "alice": false, "@example.com": false, "alice@": false, "alice@host": false,
		"al ice@example.com": false, "аlice@example.com": false,
	} {
		if err := model.ValidateEmail(in); (err == nil) != ok {
			t.Errorf("ValidateEmail(%q) = %v, want ok %v", in, err, ok)
		}
	}
}

func TestCatalogIsComplete(t *testing.T) {
	t.Parallel()
	items := model.Catalog()
	if len(items) != 12 {
		t.Fatalf("%d items, want 12", len(items))
	}
	for _, item := range items {
		if found, ok := model.FindItem(item.Key); !ok || found.Name != item.Name {
			t.Errorf("FindItem(%s) does not find it", item.Key)
		}
		if item.Name == "" || item.Summary == "" || item.Category == "" {
			t.Errorf("%s lacks a name, a summary or a category", item.Key)
		}
		if item.Category == model.CategoryStore && item.RecordType == "" {
			t.Errorf("%s stores a record of no type", item.Key)
		}
	}
}
