package cli

import (
	"image/color"
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

	"countersign/config"
	"countersign/model"
)

func TestConfiguredBackgroundStands(t *testing.T) {
	t.Parallel()
	if msg := keepBackground(nil, tea.BackgroundColorMsg{Color: color.White}); msg != nil {
		t.Errorf("what the terminal tells passes: %v", msg)
	}
	if msg := keepBackground(nil, tea.FocusMsg{}); msg == nil {
		t.Error("other messages do not pass")
	}
}

func TestGroupsThatFulfil(t *testing.T) {
	t.Parallel()
	conf := config.Config{Policy: model.Policy{FulfilGroup: "Vault Admins"}, Policies: map[model.ItemKey]model.Policy{
		model.ItemLogin: {FulfilGroup: "Service desk"}, model.ItemNote: {FulfilGroup: "Vault Admins"}, model.ItemServer: {FulfilGroup: "Linux"}}}
	want := []model.GroupName{"Vault Admins", "Service desk", "Linux"}
	if got := fulfilGroups(conf); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
