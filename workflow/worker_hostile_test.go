package workflow_test

import (
	"errors"
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

// hostile are texts that something on the way to the vault could take for an
// instruction, cut or change.
func hostile() map[string]string {
	return map[string]string{
		"plain":                    "app",
		"quotes":                   `it's "quoted" and 'more'`,
		"a lone quote":             `'`,
		"a variable":               "${last_record_uid}",
		"a generator":              "$GEN",
		"begins like a generator":  "$GENERAL",
		"an instruction":           "$JSON",
		"an instruction with text": `$JSON:{"a":1}`,
		"base64":                   "$BASE64:AAAA",
		"equals signs":             "=x=y",
		"one equals sign":          "=",
		"an option":                "--format json",
		"an option with a value":   "--format=json",
		"a leading dash":           "-f",
		"two dashes":               "--",
		"backslash n":              `a\nb`,
		"two backslashes":          `a\\nb\`,
		"a windows path":           `C:\new\table\`,
		"emoji":                    "🔑👩‍👩‍👧",
		"right to left":            "שלום \u202eabc\u202c",
		"combining":                "e\u0301 \u0000"[:4],
		"a bell and an escape":     "a\x07\x1b[31mb",
		"no-break blanks":          "a\u00a0b\u2028c",
		"blanks around":            " a ",
		"a tab at the end":         "a\t",
		"entities":                 "&amp; &lt;b&gt; &#39;",
		"separators":               "a;b|c&&d`e`$(f)",
		"file data":                "FILEDATA",
		"words of the parser":      "search record error: not found",
		"a comment":                "#x",
		"line feeds":               "a\nb\n",
		"carriage returns":         "a\r\nb",
		"a zero":                   "a\x00b",
		"no UTF-8":                 "a\xffb",
		"as much as a field holds": strings.Repeat("é", 250),
		"too much for a field":     strings.Repeat("x", 2401),
	}
}

// fill answers every field of an item that takes text of any form with the text,
// as far as its kind allows it, and says what the vault is to hold.
func fill(item model.Item, text string) (d workflow.Draft, want map[string]any) {
	d = storing(item.Key, nil)
	want = map[string]any{}
	for _, f := range item.Fields {
		if f.Vault == "" && f.Key != model.FieldTitle {
			continue
		}
		var whole any = text
		value := text
		switch f.Kind {
		case model.FieldText, model.FieldMultiline:
		case model.FieldSecret:
		case model.FieldURL:
			value = "https://example.com/" + text
			whole = value
		case model.FieldKeyPair:
			value = pemKey + text
			whole = map[string]string{"privateKey": pemKey, "publicKey": strings.TrimSpace(text)}
		case model.FieldName:
			first, middle, last := model.PersonName(text)
			whole = map[string]string{"first": first, "middle": middle, "last": last}
		case model.FieldHostPort:
			host, port, err := model.HostPort(text)
			if err != nil {
				continue
			}
			whole = map[string]string{"hostName": host, "port": port}
		default:
			continue
		}
		if f.Key != model.FieldTitle && f.Validate(value) != nil {
			continue // the form says so beside the field
		}
		if f.Secret() {
			d.Secrets[f.Key] = []byte(value)
		} else {
			d.Answers = append(d.Answers, model.Answer{Field: f.Key, Value: value})
		}
		if f.Key != model.FieldTitle {
			want[f.Vault] = whole
		}
	}
	return d, want
}

// TestHostileTextArrivesByteForByteOrIsRefusedBeforeSending plays every text
// through every field of every item, from the form to the vault's ledger.
func TestHostileTextArrivesByteForByteOrIsRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	for _, item := range model.Catalog() {
		if !item.Creates() {
			continue
		}
		t.Run(string(item.Key), func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			arrived := 0
			for name, text := range hostile() {
				if s.plays(item, name, text) {
					arrived++
				}
			}
			if arrived < 20 {
				t.Errorf("only %d texts arrived", arrived)
			}
		})
	}
}

// plays submits the text in every field and reports whether it arrived. One that
// is refused must be refused by the form, and nothing sent.
func (s *storeWorld) plays(item model.Item, name, text string) bool {
	s.t.Helper()
	d, want := fill(item, text)
	before, sent := len(s.made()), len(s.sim.Commands())
	r, err := s.svc.Submit(s.ctx, "alice", s.in(s.folder, d))
	if len(s.sim.Commands()) != sent {
		s.t.Errorf("%s: something was sent for an order that was only submitted", name)
	}
	var invalid workflow.Invalid
	if errors.As(err, &invalid) && invalid[model.FieldTitle] != "" {
		// The title alone may be why.
		d, want = fill(item, text)
		d.Answers = append(without(d.Answers, model.FieldTitle), model.Answer{Field: model.FieldTitle, Value: "a title"})
		r, err = s.svc.Submit(s.ctx, "alice", s.in(s.folder, d))
	}
	if errors.As(err, &invalid) {
		return false
	}
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	s.approve("omar", r.Number)
	task := s.task(r.Number)
	if err := s.svc.Claim(s.ctx, "heidi", task); err != nil {
		s.t.Fatal(err)
	}
	s.fulfil(task)
	s.work()
	op := s.op(r.Number)
	if op.State != model.OpDone || s.view("alice", r.Number).Request.State != model.ClosedComplete {
		s.t.Errorf("%s: %s %s%s", name, op.State, op.Reason, op.LookingFor)
		return false
	}
	all := s.made()
	if len(all) != before+1 {
		s.t.Errorf("%s: %d records were made", name, len(all)-before)
		return false
	}
	got := all[len(all)-1]
	if title, _ := r.Answer(model.FieldTitle); got.Title != title {
		s.t.Errorf("%s: the title is %q, want %q", name, got.Title, title)
	}
	for field, whole := range want {
		if have := held(got, field); !same(have, whole) {
			s.t.Errorf("%s: %s holds %#v, want %#v", name, field, have, whole)
		}
	}
	if held(got, "text.request_id") != string(r.Number) {
		s.t.Errorf("%s: the marker is %v", name, held(got, "text.request_id"))
	}
	return true
}

func without(answers []model.Answer, field string) []model.Answer {
	var rest []model.Answer
	for _, a := range answers {
		if a.Field != field {
			rest = append(rest, a)
		}
	}
	return rest
}

// TestWhatOneCommandHoldsIsKnownAtTheForm fills every item more and more until
// it is refused: what was accepted before arrives.
func TestWhatOneCommandHoldsIsKnownAtTheForm(t *testing.T) {
	t.Parallel()
	for _, item := range []model.ItemKey{model.ItemSSHKey, model.ItemNote, model.ItemLicense} {
		t.Run(string(item), func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			found, _ := model.FindItem(item)
			fits := func(n int) (workflow.Draft, error) {
				d := storing(item, nil, model.Answer{Field: model.FieldTitle, Value: strings.Repeat("'", model.MaxTitle)})
				for _, f := range found.Fields {
					switch {
					case f.Vault == "":
					case f.Kind == model.FieldKeyPair:
						d.Secrets[f.Key] = []byte(strings.TrimSuffix(pemKey, "\n") + "\n" + strings.Repeat("k", n))
					case f.Secret() && f.Kind != model.FieldTOTP:
						d.Secrets[f.Key] = []byte(strings.Repeat("'", min(n, model.MaxText)))
						if f.Multiline() {
							d.Secrets[f.Key] = []byte(strings.Repeat("'", n))
						}
					case f.Kind == model.FieldText:
						d.Answers = append(d.Answers, model.Answer{Field: f.Key, Value: strings.Repeat("'", min(n, model.MaxText))})
					}
				}
				return s.in(s.folder, d), s.svc.Check(s.ctx, "alice", d)
			}
			low, high := 1, model.MaxMultiline+1
			for high-low > 1 {
				mid := (low + high) / 2
				if _, err := fits(mid); err == nil {
					low = mid
				} else {
					high = mid
				}
			}
			if _, err := fits(high); err == nil || !strings.Contains(err.Error(), "at most") && !strings.Contains(err.Error(), "the service takes 4096") {
				t.Errorf("%d: %v", high, err)
			}
			d, _ := fits(low)
			r, task := s.approved("alice", d)
			s.fulfil(task)
			s.work()
			if op := s.op(r.Number); op.State != model.OpDone {
				t.Errorf("%d bytes: %s %s", low, op.State, op.Reason)
			}
			longest := 0
			for _, c := range s.sim.Commands() {
				longest = max(longest, len([]rune(c.Text)))
			}
			if longest > 4096 {
				t.Errorf("a command of %d characters was sent", longest)
			}
		})
	}
}
