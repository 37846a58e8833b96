package answer

import (
	"bytes"
	"context"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	tea "charm.land/bubbletea/v2"
)

const canary = "correct-horse-battery"

func options() Options {
	return Options{Env: &tab.Env{Theme: theme.New(theme.Options{}), Now: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
		Zone: time.UTC, Root: context.Background()}}
}

// asked is what asks for a field of an item.
func asked(t *testing.T, item model.ItemKey, key string) Asking {
	t.Helper()
	i, _ := model.FindItem(item)
	f, ok := i.Field(key)
	if !ok {
		t.Fatalf("%s has no field %s", item, key)
	}
	a, ok := New(options(), f)
	if !ok {
		t.Fatalf("nothing asks for %s", key)
	}
	return a
}

func TestSomethingAsksForEveryFieldOfEveryItem(t *testing.T) {
	t.Parallel()
	for _, item := range model.Catalog() {
		for _, f := range item.Answers() {
			a, ok := New(options(), f)
			if !ok || len(a.Rows()) == 0 || len(a.Fields()) == 0 {
				t.Errorf("%s: nothing asks for %s", item.Key, f.Key)
			}
		}
	}
}

func TestWhatTheVaultCanMakeUpItMakesUpUnlessSomebodyWantsOtherwise(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{"password": "generate random 24", "totp": ""} {
		if got := asked(t, model.ItemLogin, key).Answer(); got != want {
			t.Errorf("%s: the answer is %q, want %q", key, got, want)
		}
	}
	a := asked(t, model.ItemLogin, "password")
	a.Set("generate words 7")
	if got := a.Answer(); got != "generate words 7" {
		t.Errorf("the answer is %q", got)
	}
}

// typed gives a password by hand.
func typed(t *testing.T) *Secret {
	t.Helper()
	a := asked(t, model.ItemServer, "password").(*Secret)
	form := widget.NewForm(a.o.Env.Theme, a.Rows())
	form.SetSize(60, 12)
	a.ways.Take(wayTyped)
	form.FocusField(a.typed)
	form.Update(tea.PasteMsg{Content: canary})
	form.Blur()
	return a
}

func TestATypedSecretIsHeldOnceItsFieldIsLeftAndWiped(t *testing.T) {
	t.Parallel()
	a := typed(t)
	if !a.Sealed() || a.Answer() != "" || string(a.Secret()) != canary {
		t.Fatalf("sealed %v, answer %q, secret %q", a.Sealed(), a.Answer(), a.Secret())
	}
	for _, line := range a.typed.View(theme.Page) {
		if bytes.Contains([]byte(line), []byte(canary)) {
			t.Error("the secret is drawn")
		}
	}
	held := a.typed.held
	a.Wipe()
	if !bytes.Equal(held, make([]byte, len(canary))) || a.Sealed() || a.Secret() != nil {
		t.Errorf("the secret is still %q", held)
	}
}

func TestTheCopyOfASecretIsTheCallers(t *testing.T) {
	t.Parallel()
	a := typed(t)
	copied := a.Secret()
	clear(copied)
	if string(a.Secret()) != canary {
		t.Error("wiping the copy has wiped what is held")
	}
}
