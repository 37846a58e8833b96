package model_test

import (
	"encoding/json"
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
