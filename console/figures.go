package console

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-analyze/charts"
	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
)

// figuresView is how much was written day by day, of what the log's filter asks for.
type figuresView struct {
	Days  []figuresDay
	Query string // of the chart's address

	// What the chart shows, for whoever does not see it.
	First, Last        string
	From, To, Troubles int
}

type figuresDay struct {
	Day, Stamp                  string
	FromChild, ToChild, Trouble int
}

const (
	figuresDays  = 30
	figuresShort = 7 // where only the last days were asked for
)

// counted is a filter asks for, day by day; nothing where there is no message in all that time.
func (v *visit) counted(f logFilter, q bridge.LogFilter) ([]bridge.Traffic, error) {
	days := figuresDays
	if f.Days != "" {
		days = figuresShort
	}
	counted, err := v.s.options.Office.DailyTraffic(v.ctx(), v.who, q, days)
	if err != nil {
		return nil, err
	}
	for _, day := range counted {
		if day.FromChild+day.ToChild+day.Trouble > 0 {
			return counted, nil
		}
	}
	return nil, nil
}

// date is a day of this year as a family says it.
func (l locale) date(at time.Time) string {
	return fmt.Sprintf(l["figures.date"], at.Day(), l["month."+at.Format("01")])
}

// figures are for beside the log.
func (v *visit) figures(f logFilter, q bridge.LogFilter) (*figuresView, error) {
	counted, err := v.counted(f, q)
	if err != nil || counted == nil {
		return nil, err
	}
	view := &figuresView{Query: f.query().Encode()}
	for _, day := range counted {
		view.Days = append(view.Days, figuresDay{
			Day: v.words().date(day.At), Stamp: day.At.Format(time.DateOnly), FromChild: day.FromChild, ToChild: day.ToChild, Trouble: day.Trouble,
		})
		view.From += day.FromChild
		view.To += day.ToChild
		view.Troubles += day.Trouble
	}
	view.First, view.Last = view.Days[0].Day, view.Days[len(view.Days)-1].Day
	return view, nil
}

// Colours are console.css's, and as there the light and the dark ones have contrast of their own. The chart is an image:
// so that no page needs a style of its own inside, and it is the same with scripts and without.
var chartColours = map[bool]struct{ text, line, from, to, trouble string }{
	false: {"#20302b", "#ddd6c7", "#1c6a58", "#46617c", "#9c4312"},
	true:  {"#e9ece6", "#323c37", "#79c6ad", "#a5bfd8", "#f0a873"},
}

// chart draws the figures: "light" or "dark", and with "narrow" for a phone.
func (v *visit) chart() error {
	look := v.c.Params("look")
	f, q := v.asked(func(name string) string { return v.c.Query(name) })
	counted, err := v.counted(f, q)
	if err != nil {
		return err
	}
	if counted == nil {
		return fiber.ErrNotFound
	}
	width := 800
	if strings.HasSuffix(look, "narrow") {
		width = 380
	}
	picture, err := v.draw(counted, strings.HasPrefix(look, "dark"), width)
	if err != nil {
		return fmt.Errorf("console: draw the figures: %w", err)
	}
	v.c.Set(fiber.HeaderContentType, "image/svg+xml")
	return v.c.Send(picture)
}

func (v *visit) draw(counted []bridge.Traffic, dark bool, width int) ([]byte, error) {
	c := chartColours[dark]
	theme := charts.MakeTheme(charts.ThemeOption{
		IsDarkMode: dark, AxisStrokeColor: charts.ParseColor(c.line), AxisSplitLineColor: charts.ParseColor(c.line),
		BackgroundColor: charts.ColorTransparent, TextColor: charts.ParseColor(c.text),
		SeriesColors: []charts.Color{charts.ParseColor(c.from), charts.ParseColor(c.to), charts.ParseColor(c.trouble)},
	})
	values := make([][]float64, 3)
	labels := make([]string, len(counted))
	for i, day := range counted {
		values[0] = append(values[0], float64(day.FromChild))
		values[1] = append(values[1], float64(day.ToChild))
		values[2] = append(values[2], float64(day.Trouble))
		labels[i] = fmt.Sprintf("%d.%d.", day.At.Day(), day.At.Month())
		if v.lang == "en" {
			labels[i] = fmt.Sprintf("%d %s", day.At.Day(), day.At.Format("Jan"))
		}
	}
	o := charts.NewBarChartOptionWithData(values)
	o.Theme = theme
	o.StackSeries = charts.Ptr(true)
	o.Padding = charts.Box{Top: 8, Right: 12, Bottom: 4, Left: 4}
	for _, key := range []string{"figures.from", "figures.to", "figures.trouble"} {
		o.Legend.SeriesNames = append(o.Legend.SeriesNames, v.words()[key])
	}
	o.Legend.Symbol = charts.SymbolSquare
	o.CategoryAxis.Labels = labels
	o.CategoryAxis.LabelCount = min(len(labels), 3+width/200)
	o.ValueAxis = []charts.ValueAxisOption{{Unit: 1}}
	o.ValueFormatter = func(f float64) string { return strconv.Itoa(int(f)) }
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: width, Height: 280, Theme: theme})
	if err := p.BarChart(o); err != nil {
		return nil, err
	}
	return p.Bytes()
}

// Chart is the address of the chart in a look.
func (f figuresView) Chart(look string) string {
	return (&url.URL{Path: "/log/chart/" + look, RawQuery: f.Query}).String()
}
