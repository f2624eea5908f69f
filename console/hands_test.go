package console

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
)

// What a person does with a page. chromedp's own queries look into a copy of the page that it keeps; when the news of a new
// document overtakes that of the navigation, the copy stays empty, and they wait for ever in front of a page that is
// there. These ask the page itself, again and again, until it is as it should be or the step's time is over.

// ask asks the page that is shown, until it has an answer.
func ask(ctx context.Context, what, script string, answer any) error {
	often := time.NewTicker(20 * time.Millisecond)
	defer often.Stop()
	for {
		var given bool
		err := chromedp.Evaluate(`(() => { const answer = (`+script+`); window.answerOfTest = answer; return answer !== null && answer !== undefined && answer !== false })()`, &given).Do(ctx)
		if err == nil && given {
			if answer == nil {
				return nil
			}
			if err = chromedp.Evaluate(`window.answerOfTest`, answer).Do(ctx); err == nil {
				return nil
			}
		}
		select {
		case <-often.C: // the page may be changing under the question
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, errors.Join(ctx.Err(), err))
		}
	}
}

// until waits for something to be true.
func until(what string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error { return ask(ctx, what, `Boolean(`+what+`)`, nil) })
}

// visible is an element that can be seen, in a script; null if it cannot.
func visible(sel string) string {
	return fmt.Sprintf(`[document.querySelector(%q)].find(e => e?.checkVisibility({visibilityProperty: true}))`, sel)
}

// seen waits until an element can be seen.
func seen(sel string) chromedp.Action { return until(visible(sel)) }

// there waits until there is an element, seen or not.
func there(sel string) chromedp.Action { return until(fmt.Sprintf(`document.querySelector(%q)`, sel)) }

// gone waits until there is no such element.
func gone(sel string) chromedp.Action { return until(fmt.Sprintf(`!document.querySelector(%q)`, sel)) }

// text reads what stands in an element.
func text(sel string, into *string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		return ask(ctx, "reading "+sel, fmt.Sprintf(`document.querySelector(%q)?.innerText`, sel), into)
	})
}

// value reads what is written in a field.
func value(sel string, into *string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		return ask(ctx, "reading "+sel, fmt.Sprintf(`document.querySelector(%q)?.value`, sel), into)
	})
}

// set has a field hold a value, as a choice from its list.
func set(sel, to string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		return ask(ctx, "setting "+sel, fmt.Sprintf(`(e => {
			if (!e) return false;
			e.value = %q;
			for (const kind of ['input', 'change']) e.dispatchEvent(new Event(kind, {bubbles: true}));
			return e.value === %q;
		})(%s)`, to, to, visible(sel)), nil)
	})
}

// focus puts the keyboard on an element.
func focus(sel string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		return ask(ctx, "the keyboard on "+sel, fmt.Sprintf(`(e => { e?.focus(); return e && e === document.activeElement })(%s)`, visible(sel)), nil)
	})
}

// write writes into a field with the keyboard.
func write(sel, what string) chromedp.Action {
	return chromedp.Tasks{focus(sel), chromedp.KeyEvent(what)}
}

// click clicks in the middle of an element, when that can be seen and nothing lies over it.
func click(sel string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		var at []float64
		err := ask(ctx, "clicking "+sel, fmt.Sprintf(`(e => {
			if (!e) return null;
			e.scrollIntoView({block: 'center', behavior: 'instant'});
			const box = e.getClientRects()[0];
			if (!box) return null;
			const x = box.left + box.width / 2, y = box.top + box.height / 2;
			return e.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
		})(%s)`, visible(sel)), &at)
		if err != nil {
			return err
		}
		return chromedp.MouseClickXY(at[0], at[1]).Do(ctx)
	})
}
