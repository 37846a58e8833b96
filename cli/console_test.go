package cli

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"countersign/config"
	"countersign/model"
	"countersign/ui/widget"
)

func TestGroupsThatFulfil(t *testing.T) {
	t.Parallel()
	conf := config.Config{Policy: model.Policy{FulfilGroup: "Vault Admins"}, Policies: map[model.ItemKey]model.Policy{
		model.ItemLogin: {FulfilGroup: "Service desk"}, model.ItemNote: {FulfilGroup: "Vault Admins"}, model.ItemServer: {FulfilGroup: "Linux"}}}
	want := []model.GroupName{"Vault Admins", "Service desk", "Linux"}
	if got := fulfilGroups(conf); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Dialogs count on it that their first frame is soon on the screen.
func TestNoConsoleIsDrawnTooSeldomForItsDialogs(t *testing.T) {
	t.Parallel()
	for fps, want := range map[int]bool{widget.LeastFPS: true, widget.LeastFPS - 1: false} {
		text := fmt.Sprintf("[store]\ndir = \"/queue\"\n[vault]\nurl = \"https://vault.example.com\"\n[ui]\nfps = %d\n", fps)
		_, err := config.Parse("/config.toml", text, func(string) (string, bool) { return "", false })
		var wrong *config.Error
		if (err == nil) != want || !want && !errors.As(err, &wrong) {
			t.Errorf("fps = %d: %v", fps, err)
		}
	}
}
