/// Passwords that are tried first: the 6038 most common ones of 4 characters and more, in the order of their bytes.
///
/// Taken from the frequency lists of zxcvbn 4.5 (https://github.com/dwolfhub/zxcvbn-python, the Python port of
/// https://github.com/dropbox/zxcvbn by Dan Wheeler): in lower case, visible ASCII alone, no dates; of 8 characters and
/// more the first 3,600 and all of 14 and more, of 4 to 7 characters the first 2,400. Its licence:
///
/// MIT License
///
/// Copyright (c) 2016 Daniel Wolf
///
/// Permission is hereby granted, free of charge, to any person obtaining a copy
/// of this software and associated documentation files (the "Software"), to deal
/// in the Software without restriction, including without limitation the rights
/// to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
/// copies of the Software, and to permit persons to whom the Software is
/// furnished to do so, subject to the following conditions:
///
/// The above copyright notice and this permission notice shall be included in all
/// copies or substantial portions of the Software.
///
/// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
/// WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS
/// OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
/// OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
enum CommonPasswordList {
    /// Separated by spaces and line breaks.
    static let text = #"""
        !qaz2wsx %%passwo 0.0.0.000 0.0.000 000000 0000000000o 000001 000007 000111 0007 007007 007james 01011 010203
        01020304 0102030405 01478520 0192837465 0420 063dyjuy 08154711 085tzzqi 0987654321q 0o9i8u7y 1000 100000 1001
        100200300 1005 1007 10101 1012 1017 1020 10203 102030 10203040 1020304050 1024 102938 10293847 1029384756 1066
        11001001 111111 11111111 1111111111zz 1111122222 11112222 1111aaaa 1111qqqq 11121314 111222 11122233 111222333
        111222333444555 111333 1122 112211 11223 112233 11223344 1122334455 112233445566 112358 11235813 1123581321 12121
        1213 121314 12131415 1213141516 1221 122333 1223334444 122333444455555 12233445 1225 123098 12312 123123 12312312
        123123123q 123123a 123123q 123123qwe 1232323q 12332 123321 12332112 123321123 123321456 123321a 123321q 123321qwe
        1234 12340987 1234321 12344321 12344321q 12345 1234509876 123451 12345123 12345432 123454321 1234554321 123456
        12345612 123456123 12345654321 123456654321 1234567 12345677 12345678 1234567887654321 123456789 1234567890
        12345678900 12345678900987654321 1234567890987654321 1234567890a 1234567890q 1234567890qwerty 1234567890z
        1234567891 12345678910 123456789123 12345678987654321 1234567899 123456789987654321 123456789a 123456789abc
        123456789d 123456789k 123456789l 123456789m 123456789n 123456789o 123456789p 123456789q 123456789qaz 123456789qwe
        123456789qwerty 123456789r 123456789s 123456789v 123456789w 123456789z 12345678a 12345678q 12345679 1234567a
        1234567aa 1234567q 1234567qwertyu 1234567u 1234567z 12345687 123456987 123456a 123456aa 123456ab 123456abc 123456as
        123456asd 123456k 123456q 123456qaz 123456qq 123456qqq 123456qw 123456qwe 123456qwerty 123456r 123456ru 123456s
        123456z 123456zxc 123457 12345a 12345abc 12345asd 12345q 12345qaz 12345qwe 12345qwer 12345qwert 12345qwerty 12345t
        12345trewq 12345z 12348765 12349876 1234abcd 1234asdf 1234kekc 1234qwe 1234qwer 1234qwerasdfzxcv 1234qwerty
        1234rewq 1234zxcv 123581321 123654 12365478 123654789 1236987 12369874 123698741 123698745 123789 123789456 123987
        123aaa 123abc 123asd 123hfjdk147 123masha 123mudar 123qaz 123qaz123 123qq123 123qwe 123qwe123 123qwe456 123qweas
        123qweasd 123qweasdzxc 123qwert 123qwerty 123zxc 124578 128500 12locked 12qw12 12qw12qw 12qw34er 12qwas 12qwaszx
        12qwerty 12s3t4p55 131313 132435 13243546 13245768 132465798 134679 134679852 135246 1357 13572468 13576479 13579
        135790 1357908642 1357911q 13579246 135792468 1357924680 135797531 135798642 1366613 1369 141627 142536 147258
        14725836 147258369 147369 147852 14785236 147852369 1478963 14789632 147896321 147896325 14881488 1492 150781
        151nxjmt 15426378 159357 159753 159753123 159753456 159753852 159875321 159951 162534 1701 17171717aa 18121812
        18273645 18436572 192837 19283746 192837465 19411945 19844891 19933991 1a2a3a4a 1a2a3a4a5a 1a2b3c 1a2b3c4d
        1a2b3c4d5e 1a2s3d4f 1a2s3d4f5g 1asshole 1basebal 1diamond 1footbal 1hxboqg2 1jennife 1letmein 1michael 1million
        1mustang 1passwor 1password 1pussy 1q2q3q4q 1q2q3q4q5q 1q2w3e 1q2w3e4r 1q2w3e4r5 1q2w3e4r5t 1q2w3e4r5t6y 1qa2ws3ed
        1qa2ws3ed4rf5tg 1qay2wsx 1qaz!qaz 1qaz2ws 1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw2 1qazxsw23edc
        1qazxsw23edcvfr4 1qazzaq1 1qw23er4 1qwerty 1william 1x2zkg8w 1z2x3c4v 1z2x3c4v5b 200000 20spanks 2112 21125150
        2112rush 2128506 222333 223344 22334455 22446688 23176djivanfros 235689 23skidoo 243462536 2468 246810 24681012
        246813579 25800852 25802580 258456 27731828 2wsx3edc 2wsxcde3 2wsxzaq1 31217221027711 314159 31415926 315475 321123
        321456 321654 32165498 321654987 3216732167 326159487 332211 333666 333666999 336699 33rjhjds 34523452 362436
        369258147 369852147 369963 380zliki 3edc4rfv 3edcvfr4 3rjs1la7qe 4121 4128 420247 420420 43046721 44332211 44445555
        445566 44magnum 456123 456321 456654 456852 45m2do5bs 48151623 4815162342 4815162342lost 4904s677075 4r3e2w1q
        4rfv3edc 4rfv5tgb 4runner 50cent 50spanks 5150 541233432442 5551212 555666 555777 55bgates 59382113kevinp
        5hsu75kpot 5tgb6yhn 5wr2i7h8 654123 654321 66613666 666666 666777 666999 6751520 67camaro 68camaro 69213124 6969
        696969 69camaro 73501505 74108520 74123698 741258963 741852 74185296 741852963 74227422 748159263 753159 753951
        7753191 7777777 7777777a 777888 777888999 7779311 778899 784512 787898 789123 789123456 789456 78945612 789456123
        7894561230 7895123 78963214 789632145 789654 789654123 789987 794613 7hrdnw23 7ugd5hip2j 852456 8675309 890098890
        89015173454 89600506779 89876065093rax 8j4ye3uz 8phrowz622 8phrowz624 90210 906090 911911 911turbo 918273645
        9293709b13 9379992 951753 963258741 963852 96385274 963852741 987412365 987456 987456321 987654321a 987654321q
        99762000 a11111 a12345 a123456 a1234567 a12345678 a123456789 a123456a a1a2a3a4 a1a2a3a4a5 a1b2c3 a1b2c3d4
        a1b2c3d4e5 a1s2d3 a1s2d3f4 a1s2d3f4g5 aa123456 aaa111 aaaa1111 aaaaaaa1 aaliyah aardvark aaron1 abc12 abc123
        abc1234 abc12345 abc123456 abcd123 abcd1234 abcdefg1 aberdeen abgrtyu abigail1 abnormal abracadabra abrakadabra
        absolut abulafia acapulco access access14 access99 accord account1 achilles acidburn action adam12 adelphia
        adgjmptw adidas admin admin123 admin18533362 adonis adrenali adrenalin adventur aerosmit aerosmith aezakmi afrodita
        agent007 aggies agnieszka aikido airborne airbus airforce airforce1 airplane akatsuki akira alabama alabama1 alaska
        alastair albatros albion alcatraz alejandr aleksander aleksandr aleksandra aleksey alenka alessand alessandro
        alex123 alex1234 alexande alexander1 alexandr alexandre alexandru alexis alfa alfarome alfaromeo algernon alibaba
        aliens aligator alkaline allblack alleycat alligator allison1 allmine allnight allsop allstar allstars allstate
        alpha alpha1 alpha123 alphabet alphaman alpine alterego alucard amadeus amanda1 amanda18 amarillo amateur amateurs
        amazon amber1 ambrosia america america1 amethyst amoremio amsterda amsterdam an83546921an13 anaconda anakin
        anakonda anal analsex anarchy anastasi anastasiya anatoliy andreas1 andrei andrew1 andrew12 andrey andromed
        andromeda andyod22 anfield angel angel1 angel123 angel666 angeleye angelito angelofwar angels angus anhyeuem animal
        anime anna2614 annemari anteater antelope anthony1 anthony2 anthony7 antigone anton123 antoni antonio1 antonius
        antoshka anubis aolsucks apache apollo apollo11 apollo13 apple apple1 apple123 applepie apples aquafina aqualung
        aquarius arabella aragorn arcangel archange archangel architec area51 argentin argonaut arhangel arizona arizona1
        arjay armageddon armagedon armani armstron arrowhea arschloch arsehole arsenal arsenal1 arsenalfc artem artemis
        artemka artofwar artur as123456 asd123 asd12345 asd123asd asdasd asdasd123 asdasdas asdf asdf123 asdf1234 asdfasdf
        asdffdsa asdfg asdfg123 asdfg12345 asdfgh asdfgh01 asdfghj asdfghjk asdfghjkl asdfjkl asdfjkl; asdfqwer asdfzxcv
        asdqwe123 asdzxc ashley1 ashley12 asmodeus aspire aspirine assassin assassins assclown assfuck asshole asshole1
        assholes asslover assman assmunch assword astalavista asterios asterix astonvil astonvilla astroboy astros atlanta
        atlanta1 atlantis atomic atreides auburn audia4 augustin aurelius aussie austin austin1 austin31 austin316 australi
        avalanch avalanche avalon avangard avatar avenger awesome awesome1 azamat azerty azerty123 azertyui azertyuiop
        azsxdc azsxdcfv azsxdcfvgb babe babemagn babemagnet baberuth babes babushka babybear babyblue babyboy babycake
        babycakes babydoll babyface babygirl babygurl babylon babylon5 babylove bacardi bacchus backbone backdoor backspac
        badabing badass badboy baddog badger badgirl badkarma badlands badman badnaamhere baggins bagira bagpipes bajingan
        baldrick baller balloon balloons balls ballsack baltimor bambam banana bananas banane banderas bandit bang bangkok
        banker banner banshee banzai baphomet baracuda barakuda barbados barbara1 barbie barcelon barcelona bareback
        barefeet barefoot baritone barkley barney barracud barracuda barselona barsik bartman basebal1 baseball baseball1
        basket basketba basketbal bassfish bassman bastard bastard1 batman batman1 batman12 bayern bayliner baywatch
        bcfields beachbum beaches beagle beamer beaner beanie bear bearcat bearcats beast beast1 beastie beatle beatles
        beatles1 beautifu beauty beaver beavis beckham beckham7 beefcake beemer beer beethove beetle behemoth bella1
        bellagio bellevue bendover benessere benfica bengals bennett1 beowulf beretta bergkamp berlin bernard1 bernhard
        besiktas bettyboo bettyboop bhbirf bicycle bigass bigballs bigbear bigbird bigblack bigblock bigboobs bigbooty
        bigboy bigbucks bigbutt bigbutts bigcock bigdaddy bigdick bigdick1 bigdicks bigdog bigfoot bigfoot1 biggdogg biggie
        biggles bigguy bigmac bigman bigmike bigmoney bignasty bigone bigpenis bigpimpi bigpoppa bigpussy bigred bigsexy
        bigstick bigtime bigtit bigtits bigtruck bikini bilbo billabon billabong billiard billy1 billybob billyboy bimmer
        bing bingo bingo1 binladen biohazard bionicle birdie birdman birthday1 birthday4 biscuit bisexual bismarck bismilla
        bismillah bitch bitch1 bitchass bitches biteme biteme69 bizkit blabla black1 black123 blackass blackbel blackbelt
        blackber blackberry blackbir blackbird blackboy blackcat blackcoc blackcock blackdog blackhaw blackhawk blackice
        blackie blackie1 blackjac blackjack blacklab blackops blackout blackrose blacks blacksun blacky blade bladerunner
        blades blahblah blaster blaster1 blastoff blazer blessed blessed1 blessing blingbling blink182 blizzard blonde
        blondes blondie blondie1 blondinka bloopers blowfish blowjob blowjobs blowme blue blue123 blue1234 blue22 blueball
        bluebear bluebell blueberr bluebird blueboy bluedevi bluedog blueeyes bluefish bluegill bluejays blueline bluemoon
        bluenose bluenote blues bluesky bluesman bluestar bob123 bobafett bobby1 bobby123 bobcat bobdylan bobmarle
        bobmarley bocephus boeing bogart bogdan bogey bohica bollocks bollox bomber bond007 bondage bondarenko bonefish
        bonehead boner bones bonethug bonghits bonjour bonkers bonsai boob boobie boobies booboo boobs boogaloo booger
        boogie bookcase bookworm boomboom boomer bootie bootneck boots booty borabora bordeaux boricua boris123 borussia
        bosco boscoe01 bossman bosstone boston bounce bowler bowling boxing boxster bpgjldsgjldthnf br0d3r br549 bradley1
        brando brandon1 brandy brasil brasilia bravehea braveheart braves brazil brazzers breast breasts breeze brentfor
        bretagne brian1 brian123 brianna1 brighton bristol britney bronco broncos broncos1 broodwar brooklyn brother1
        browndog browneye brownie browns brucelee bruins bruno123 brutus bubba bubba1 bubba123 bubbadog bubbas bubble
        bubblegum bubbles bubbles1 bucket buckeye buckeye1 buckeyes buckshot buckwhea budapest buddah buddha buddie buddy
        buddy1 buddy123 buddyboy buddydog budlight budman budweise budweiser buffalo buffalo1 buffalos buffett buffy1
        bugger bugsbunn bugsbunny builder bukowski bull bulldawg bulldog bulldog1 bulldog2 bulldogg bulldogs bullet
        bullfrog bulls bullseye bullshit bullwink bumblebe bungalow bunghole bunny bunny1 buratino burger businessbabe
        buster buster01 buster1 buster12 butch butter buttercu buttercup butterfl butterfly buttfuck butthead butthole
        buttman buttons buttplug buzzard bynthytn byteme c3por2d2 cabbage cabernet cableguy cachorro cactus cadillac caesar
        caitlin1 calamity calgary calico caliente californ caligula calimero callisto callofduty camaro camaro69 camaross
        camaroz2 cambiami cambridg camel camelot camelot1 camels cameltoe cameron cameron1 camper canada cancer cancun
        candle candyass candyman cannabis cannibal cannonda canon cantona cantona7 capetown capital1 capitals capoeira
        capone capricor capricorn capslock captain captain1 caramel caravan cardinal care1839 carebear carefree carlitos
        carnival carolina carpedie carpediem carpente carpet carrera carrot carthage cartman cartman1 cartoon cartoons
        casablan casablanca casanova caserta casey1 caseydog cashflow cashmone cashmoney casino casper cassandr cassie
        cat123 catch22 catdaddy catdog catfight catfish catfish1 catherin catlover catman cats catwoman cavalier caveman
        cbr600 cbr600rr cbr900rr ccbill cdtnjxrf cdtnkfyf celeron celica celine celtic celticfc celtics centrino centurion
        cerberus cessna cezer121 cfitymrf cgfhnfr chai chainsaw challeng champ champagn champion champs changeme chao chaos
        characte charger chargers charisma charles1 charles2 charli charlie charlie1 charlie123 charlie2 charlie3 charlie9
        charlies charlott charlton charly charmed chaser cheater checkers checkmat cheech cheeks cheerleaers cheers cheese
        cheese1 cheetah chelsea chelsea1 chelseafc chemistr cherokee cherries cherry cheshire chester chester1 chevelle
        chevrole chevrolet chevy chevy1 chevy454 chevyman chevys10 chevyz71 chewbacc chewbacca chewie cheyanne cheyenne
        chicago chicago1 chicago2 chichi chicken chicken1 chickens chickenwing101 chicks chico chiefs chillout chimera
        chinook chipmunk chipper chipper1 chivas chloe1 chocolat chocolate1 choochoo chopper chopper1 choppers chou chris1
        chris123 chrisbln chrissy chrissy1 christ christia christin christma christop christophe christy1 chrome chronic
        chrono chrysler chuai chuang chubby chuckie chuckles chucky chunky chuo churchil cicero cigars cinder cinnamon
        citibank civilwar cjkysirj cjkywt cjrjkjdf clancy clapton clarinet classic classic1 classics claudi claudia1
        claymore clemson cleopatr clevelan clinton1 clipper clippers clitlick clitoris close-up cloud9 clouds clover
        cnfybckfd cnjvfnjkju cobra cobra1 cobra427 cocacola cocaine cock cocks cocksuck cocksucker coconut codeblue coffee
        cohiba coke coldbeer coldplay collecti colleen1 college1 colombia colorado colors colossus colt45 coltrane comanche
        comet comicbook comicbookdb commande commando commodor compaq compute computer computer1 concorde concrete condom
        condor cong connect connect1 connor consumer contortionist control1 cookie cookies coolbean cooldude cooler
        coolgirl coolguy coolhand coolio coolman coolness cooter copenhag copper corleone cornhole cornholi corona corrado
        corsair corvet07 corvette cosmo cosmos costaric cosworth cougar counterstrike country1 coventry cowboy cowboy1
        cowboys cowboys1 cowboyup coyote cracker crazy1 crazybab crazyman creampie creamy creatine creative creepers
        crescent cricket cricket1 crimson crimson1 cristiano critter crjhgbjy crocodil cruise cruiser crunch crusader
        crysis crystal1 ctdfcnjgjkm cthulhu cthutq cubbies cubswin cucumber cuddles culinary cumeater cumming cumshot cunt
        cuntlick cunts cupcake cupcake1 curious custom cutiepie cutlass cutter cvbhyjdf cvzefh1gkc cxfcnkbdfz cxfcnmt cyber
        cyberonline cybersex cyclone cyclones cyclops cygnusx1 cynthia1 cypress daddy1 daddy123 daedalus daewoo daffodil
        dagestan dagger dagobert daisy1 daisydog daisymae dakota dalejr dallas dallas1 dallas22 damage11 dammit damnit
        dancer dang danger dangerou danie daniel1 daniel12 daniela1 danielit daniil danila danni dannyboy danzig daredevi
        daredevil darkange darkangel darkjedi darkknight darklord darkman darkmoon darkness darkside darkstar darkwing
        darthvad darthvader davecole david1 david123 davide davidoff davids dawg daydream daytona dbrnjh dbrnjhbz deadhead
        deadman deadpool deadspin death1 death123 death666 deathnote deathrow deborah1 deejay deepblue deepthro deepthroat
        deerhunt deeznuts deeznutz defender defiant defiant1 deftones delete delorean delphi delpiero delta delta1 deluxe
        demon666 denali deng denis123 deniska depeche derparol derrick1 desert designer desire deskjet desperad desperado
        destiny destiny1 destroye detectiv detroit detroit1 deutschland devil devil666 devildog devilman devilmaycry devils
        dexter dfcbkbcf dfcbkbq dfkthbz dfkthf dfktynby dfktynbyf dfvgbh dharma dhjnvytyjub diablo diamante diamond
        diamond1 diamonds diao dick dickface dickhead dickie dicks dickweed diehard diesel dietcoke dieter digger diggler
        digital digital1 dilbert dilbert1 dildo dilligaf dillweed dima dima1995 dima1996 dinamo ding dingdong dinosaur
        diogenes dipstick direwolf dirtbike dirtydog discover disney diver divine dkflbckfd dkflbvbh dkflbvbhjdbx
        dkflbvbhjdyf doberman doctor dodge1 dodger dodgeram dodgers dodgers1 dogfood dogg doggie doggy doggydog doggystyle
        doghouse dogman dogpound dogs doitnow dolemite dollar dolphin dolphin1 dolphins domainlock2005 domenico dominator
        dominic1 dominika dominion dominiqu domino donkey dontknow donuts doobie doodle doogie dookie doomsday doorknob
        dortmund doughboy douglas1 downhill dracula drago dragon dragon01 dragon1 dragon11 dragon12 dragon123 dragon13
        dragon22 dragon69 dragon76 dragon88 dragon99 dragonba dragonball dragonballz dragonfl dragonfly dragons dragons1
        dragoon dragrace dragster dreamcas dreamcast dreamer dreamer1 dreamers dreams driver drizzt drjynfrnt droopy
        dropdead dropkick drowssap drpepper drummer drummer1 dthjybrf dtkjcbgtl dtxyjcnm dublin ducati ducati99 duchess
        duck duckhunt ducksoup dumbass duracell durango duster dustydog dutchess dutchman dynamite dzxtckfd eagle eagle1
        eagles eagles1 earnhard earthlin earthlink eastside eastwood eatme eatmenow eatmeraw eatpussy eatshit eclipse
        eclipse1 edinburg eduard edward1 edwardss eeyore eggplant eightbal eightball einstein ejaculation ekaterina
        elbereth elcamino eldiablo eldorado electra electric electron element element1 elephant eleven11 elisabet elizabet
        elizaveta elvira26 elvis1 elvis123 emachine emachines embalmer emerald emily1 eminem emmitt22 empire energize
        enforcer engage engineer england1 enigma enter enter1 enter123 enternow enterpri enterprise envision epaulson
        epiphone eraser erection ericsson erotic erotica escalade escorpio escort espresso essendon eternal eternity
        ethernet euphoria eureka europa evanescence evangeli evangelion evenflow everest evergree everlast everques
        everquest everton everton1 evgeniya evildead evolutio excalibu excalibur excellen exigen exigent exodus exploite
        explorer express express1 extreme eyecandy f**k f00tball f15eagle fabie fabienne fabric facefuck facial faggot
        failsafe fairlane fairview fakepass falcon falcon16 falcons fallen fallout falstaff fandango fang fantasia fantasti
        fantasy fantasy1 fantomas farscape farside fart fastball fastcars faster fatass fatboy fatcat fatluvr69 fatman
        fatpussy favorite2 favorite6 favorite7 favorite8 fcbayern fearless feather feathers federica feelgood fellatio
        fellowes fender feng fergie fernand ferrari ferrari1 ferret fester fetish feyenoord fghtkm fgjrfkbgcbc fgtkmcby
        fhvfutljy ficken fidelity fiesta figaro fightclub fighter filter finalfan finalfantasy finger fire fireball
        firebird fireblad fireblade firefigh firefly firefox firehawk fireman fireman1 firestar firestor firestorm firetruc
        firewall firework fish fishbone fishcake fisherma fisherman fishes fishface fishhead fishing fishing1 fishtank
        fistfuck fisting fitness fivestar fkbyjxrf fkmnthyfnbdf fktrcfylh fktrcfylhf fktrcfylhjdbx fktrcfylhjdyf fktrctq
        fktyeirf flamengo flames flamingo flapjack flash flash1 flashman flathead flatron fletch flexible flhtyfkby
        flintsto flipflop flipmode flipper flipper1 flipside floppy florian florida florida1 flounder flower flowers1
        fluffy flvbybcnhfnjh flyboy flyers flyers88 fnkfynblf foobar footbal footbal1 football football1 footlove fordf150
        fordf250 fordf350 fordtruc foreplay foreskin forest forever forever1 forfun forgetit forklift formula formula1
        forsaken fortuna foryou fossil foxhound foxtrot foxylady francesc francis1 francisc frank1 frank123 frankfur
        frankie1 franky freaks freaky freckles fred1234 freddy frederik freebird freedom freedom1 freedom2 freedom7
        freefall freepass freeporn freestyl freetime freeuser freewill freiheit frenchie friday friday13 friends1
        friendster fright frisco frisky frodo frog frogger froggy front242 frontera frontier frosty fruitbat fubar fuck
        fuck_inside fucked fuckedup fucker fuckers fuckface fuckfest fuckhead fuckher fucking fuckinside fuckit fuckme
        fuckme69 fuckmehard fuckoff fuckoff1 fuckshit fuckslut fuckthat fuckthis fucku fucku2 fuckyeah fuckyou fuckyou1
        fuckyou123 fuckyou2 fugazi fujifilm fullback fullmoon funhouse funnyman funstuff funtime funtimes fusion fussball
        futbol futurama futyn007 fuzzball fuzzy fyfcnfcbz fyfnjkbq fylhtq fynjybyf fytxrf fyutkbyf fyutkjxtr gabrie
        gabriel1 gabriell galactic galadriel galatasaray galaxy galeries galina gallaries galore gambit gamecock gamecube
        gameover gandalf gandalf1 gangbang gangbanged gangsta gangster ganjaman ganjubas gannibal ganymede garden garfield
        gargoyle garrett1 gateway gateway1 gateway2 gateways gator gator1 gatorade gators gawker gbgbcmrf gbhfvblf gbpltw
        gegcbr geheim geibcnbr gemini gemstone general1 genesis genesis1 geneviev genius george1 george12 georgia1 geraldin
        germany1 geronimo gesperrt getmoney getsdown getsome gfgfvfvf gfhfljrc gfhjkm gfhjkm1 gfhjkm12 gfhjkm123
        gfhjkmgfhjkm gfhjkzytn gfhkfvtyn gfhnbpfy ghbdtn ghbdtn12 ghbdtn123 ghbdtnbr ghbdtndctv ghbdtnrfrltkf ghblehjr
        ghblehrb ghbrjkbcn ghbrjkmyj ghbywtccf ghetto ghhh47hj7649 ghjcnbnenrf ghjcnj ghjcnjgfhjkm ghjcnjghjcnj ghjcnjnfr
        ghjdthrf ghjnbdjcnjzybt ghjnjnbg ghjnjrjk ghjuhfvvf ghjvtntq ghost ghostman ghostrider ghtktcnm gianluca giants
        gigabyte ginger ginger1 ginger12 ginscoot giorgi girfriend girls giveitup gizmo gizmo1 gizmodo gizmodo1 gjkbyf
        gladiato gladiator glendale glennwei glenwood gmoney gn56gn56 goalie goaway gobigred goblin goblue gobucks godbless
        goddess godfathe godfather godislove godofwar godsmack godspeed godzilla gofish goforit gogators goku golden
        goldeney goldeneye goldfing goldfinger goldfish goldmine goldrush goldstar goldwing golf golfball golfclub golfer
        golfing golfing1 goliath gollum gonavy gonefish gong gonzo goober good123654 goodboy goodfell goodgirl goodison
        goodlife goodluck goodnews goodstuf goodtime goodtimes goodyear goofball goofy google goose gooseman gopher
        gordon24 gorilla gorillaz gotcha gothic gotigers gotohell gotyoass govols grandpri grandprix granny grapeape grapes
        grasshop graywolf grease great1 greatone greatsex greedisgood green1 green123 greenbay greenday greenman greens
        greentea gregor gregory1 gremlin gremlins grendel gretzky greyhoun greywolf griffey grimlock gringo grizzly gromit
        groove groovy groucho groupd2013 grumpy gsxr1000 gsxr750 gtkmvtym gtnhjdbx guai guardian guderian guesswho guillaum
        guillerm guiness guinness guitar guitar1 guitarra gulliver gundam gunnar gunner gunners gunsling gunsmoke gustav
        gy3yt2rgls gymnastic hacked hacker hairball hairy hal9000 halflife halflife2 halfmoon halfpint hallo hallo123
        hallowee hambone hamburg hamlet hammer hammerhe hammers hammers1 hamster handball handcuff handyman hannah hannibal
        hannover hansolo hansolo1 happines happy1 happy123 happyday happydog happyman hardball hardcock hardcore harddick
        hardhead hardon hardrock hardwood hardwork harley harley01 harley1 harry1 harry123 harrypotter hatteras hattrick
        havefun hawaii hawaii50 hawaiian hawkeye hawkeye1 hawkeyes hawkwind hawthorn hayabusa hd764nw5d7e1vb1 headless
        headshot hearts heater heather1 heather2 heaven heckfy hedgehog heineken heinlein hellbent hellfire hello hello1
        hello123 hellohel hellokit hellokitty helloo hellothe helloyou hellsing hellyeah helmet helpme hemicuda henderso
        hendrix hendrix1 hentai herbie hercules herewego hermes hermione hernande hershey hershey1 hesoyam hetfield
        hibernia hidden highbury highheel highland highlander highlife hilfiger hillbill hillside hiphop hippie hithere
        hitler hitman hitman47 hjvfirf hobbes hobbit hockey hockey1 hogwarts hokies holeinon holiday holiday1 holly1
        hollydog hollywoo holyshit homebase homebrew homemade homepage homer1 homer123 homers homerun honda honda1 hondacbr
        hondacivic hondacrx honey1 honeybee honeybun honeydew hongkong honolulu hooker hooligan hoopster hoosier hoosiers
        hooter hooters hooters1 hootie horizon horndog hornet horney horny horny1 hornyboy hornyguy hornyman horse horseman
        horsemen horses hot2trot hotbabes hotbox hotboy hotchick hotdog hotgirls hotpants hotpussy hotred hotrod hotsauce
        hotsex hotshot hotstuff hottie hotwheel hounddog housewife housewifes houston1 hover hrvatska htubcnhfwbz huai
        hugecock hugetits hugoboss hulkster hummer hunter hunter01 hunter1 hunter12 hunting hurrican husker huskers
        huskers1 huskies hustler hyperion iamgod ib6ub9 ibanez ibilljpf ibilltes icecream icehouse iceman idontkno
        idontknow iforgot ignatius igor iguana ihateyou ijrjkflrf ilikepie ilikesex illini illmatic illumina illusion
        ilovegod iloveher ilovemyself ilovepor iloveporn ilovepussy ilovesex iloveu iloveyo iloveyou iloveyou1 iloveyou2
        ilya1234 ilya1992 immortal impala impalass imperium implants imtheman incubus indahous india123 indiana indiana1
        indians indians1 indigo inferno infiniti infinity inflames insane insert insertion insertions insomnia inspiron
        integra integra1 intel interacial intercourse internat internet internet1 intrepid intruder inuyasha invictus
        iomega ipswich ireland1 irina irish1 irishman ironhead ironhors ironmaid ironmaiden ironman ironman1 isacs155
        iscool iseedeadpeople ishikawa iskander islander istanbul istheman italia italiano ivanov ivanova iverson iverson3
        iwantsex iwantu iwantyou izabella j3qq4h7h2v jabroni jackal jackass jackass1 jackoff jackson1 jackson2 jackson5
        jacob1 jagger jaguar jailbird jakester jamaica jamaica1 james007 james1 james123 jamesbon jamesbond jamie1 jammer
        jammin january1 japanees jarhead jasmine jasmine1 jason1 jason123 jasper java jaybird jayden jayhawk jayhawks
        jazzman jbond007 jedi jediknig jediknight jedimast jeep jeepster jefferso jeffrey1 jellybea jellybean jemoeder jenn
        jennifer1 jenny1 jericho jerkoff jeronimo jessic jessica1 jessica2 jester jesucrist jesus1 jesus123 jesus777
        jesuschrist jethro jetski jewels jiang jiggaman jimbo jimbob jimmy1 jimmy123 jing jktymrf jockey johann johannes
        john1234 john316 johnboy johncena johndeer johndeere johngalt johnmish johnson1 joker joker1 jokers jonathan1
        jordan jordan1 jordan23 joseluis josephin joshua1 joshua12 joystick jrcfyf juancarlo juggalo juice jumper junebug
        jungle junior junkmail junkyard jupiter jupiter1 jupiter2 jurassic just4fun just4me justdoit justice justice1
        justin1 justin12 justinbieber justme juventus kahuna kakaroto kakashka kaktus kamasutra kamehame kamikadze kamikaze
        kangaroo kansas karamelka karate karina karolina kashmir kasparov kasper katana katarina katerina katharin katie1
        katrin katrina1 kawasaki kazanova kazantip kcchiefs kcj9wx5n keeper kelly1 kelly123 kenneth1 kennwort kenshin
        kenwood kenworth kevin1 kevin123 keyboard keystone keywest kfcnjxrf kickass kicker kickflip kicksass kikimora
        killbill killemall killer killer1 killer12 killer123 killers killme killzone kingfish kingkong kingpin kingrich
        kingsize kingston kinky kipper kirill kirill123 kisses kissme kissmyas kissmyass kitkat kitten kitty kitty1
        kitty123 kittycat kittykat kjrjvjnbd klaster kleopatra klingon klondike klootzak knickerless knickers knicks
        knights knockers knopka knowledg knuckles kochamcie kochanie kodiak kolobok komputer konfetka konstantin kool
        kordell1 korn koroleva koshka kosmos kostya kotenok kovalenko krasnodar krasotka krishna kristen1 kristin1 krokodil
        ktyjxrf kukuruza kume kungfu kurosaki kusanagi l58jkdjp! labrador labtec lacrimosa lacrosse ladybird ladybug
        ladybug1 ladygaga laetitia laguna lagwagon lakers lakers24 lakeside lakewood lakota lalakers lalaland lambchop
        lamborghini lancaste lancelot lancer landrove landscap lansing lapdance lapochka laptop laracrof laracroft larisa
        larry123 laser laserjet lassie lasttime lasvegas latino lavalamp lbfyjxrf leather leavemealone lebowski lebron23
        ledzep leedsutd left4dead legacy legend legion legoland legolas leiceste lemmings lemonade leng lennon lenochka
        leonid leonidas leopard lesbian lesbians lespaul lestat letmein letmein1 letmein2 letmein22 letmeinn letmesee
        letsdoit letsfuck letsgo letsplay lexingky lexmark lexus lfitymrf lhbjkjubz2957704 libertad liberty liberty1 lick
        licker lickit lickme licorice lifehack lifeisgood lighter lighthou lightnin lightning lights lilwayne limewire
        limpbizkit lincoln1 linda1 lindsay1 lindsey1 lineage2 lion lionhear lionheart lionking liquid littlebi littlema
        livelife liverpoo liverpool liverpool1 livewire lizard lizaveta ljxtymrf lobster lockdown lockerroom loco logan1
        logitech loglatin lokomotiv lol123 lol12345 lolipop lollipop lollol lollypop london london12 lonesome lonestar
        lonewolf longbeac longdick longdong longhair longhorn longhorns longjohn longlegs longshot looker looser loredana
        losangel losangeles loser losers lost4815162342 lostsoul lotus lotus123 love love1 love12 love123 love1234 love69
        lovefeet lovehate loveit lovelife lovely loveme loveme89 lover lover1 loverboy loverman lovers lovesex lovesexy
        loveyou loveyou1 loveyou2 lowrider ltybcrf luan lucas123 lucifer lucky lucky1 lucky123 lucky13 lucky7 lucky777
        luckyboy luckydog luckyman luckyone ludacris ludmila lunchbox luscious lust luv2epus lvbnhbq lytghjgtnhjdcr
        macaroni macdaddy macgyver machine machoman macintos macintosh mackenzi macross madagaskar madala11 maddie maddison
        maddog madina madison madison1 madman madmax madness madonna madonna1 maestro magellan maggie maggot magic magic1
        magic123 magician magick magicman magnavox magnum magnus magpie mahalkita maiden mailcreated5240 mailman majestic
        makarova makaveli makeitso makemone makemoney maksim maksimka malaka malcolm1 malibu malina malishka mallard
        mallorca mallrats mamacita mamapapa mammamia mamochka manager1 manchest manchester mancity mandarin mandingo
        mandolin mandrake mango manhatta maniac mannheim manowar manson mantis manunited manutd mapet123456 maradona
        marajade marathon marauder marbella marcello marcius2 margarit margosha maria1 maria123 marigold marijuan marijuana
        marika marillio marina marine marine1 mariners marines marines1 marino marino13 mariposa marishka marius marketin
        marlboro marley marseill marseille martin1 martini martini1 maryjane masamune maserati mash4077 massive maste
        master master01 master1 master11 master12 master123 masterbaiting masterbate masterbating masterkey mastermi
        mastermind masturbation matador matchbox matrix matthew1 matthew2 matthew7 matthias mattingl mature maurizio
        maurolarastefy maverick maverick1 mavericks max123 maxell maxim maxima maximilian maximus maximus1 maxpayne
        maxpower maxwell maxwell1 maxx mayday mayhem mazafaka mazda323 mazda626 mazdarx7 mazinger meandyou meatball
        meathead meatloaf mechanic medicina medusa megadeth megaman megapass megatron meister melanie1 melbourn melissa1
        mellon mellow memorex memphis menace meowmeow mephisto mercedes mercury mercury1 meridian merlin mermaid mersedes
        metal666 metalgear metalica metallic metallica metallica1 metalman metropol mexico miami mian miao michae michael1
        michael2 michael3 michael7 michael8 michael9 michaeljackson michele1 michelle1 michigan mickey mickey1 mickeymouse
        microlab micron microphone microsof microsoft midget midnight midway mighty mike1234 mikey milamber milana milano
        milashka milena milenium milhouse milkman milkyway millenium millerli million1 millwall minecraft minidisc minime
        minimoni minnesot minotaur mirage miranda1 miroslav mischief misfit misfit99 mishka misiaczek mississi missy1
        mister mistress misty1 mittens mnbvcxz mnbvcxz1 mobbdeep mobydick modelsne modena mojo mojojojo molly1 molly123
        mollydog moloko molson momoney momsanaladventure monaco monalisa monday mondeo money money1 money123 moneybag
        moneyman moneys mongoose monique1 monitor monke monkey monkey1 monkey11 monkey12 monkey123 monkey69 monkeybo
        monkeyboy monkeyma monkeyman monkeys monolith monopoly monster monster1 montana montana1 montecar montecarlo
        monterey montgom240 montreal montrose moocow mookie moomoo moonbeam moonligh moonlight moonshin moonshine moonstar
        moose moose1 morgan1 moritz morkovka morozova morpheus morrigan morrisse morrowind mortgage morticia mortimer
        moscow mostwanted motdepasse mother motherfu motherlode motocros motocross motorcyc motorola mounta1n mountain
        mouse mouse1 mousepad mozart mrbrownxx muaythai mudvayne muenchen muffdive muffin mulberry mulder mullet multiplelo
        multisyn multisync munchkin muppet musashi muscle mushroom music1 music123 musica musicman mustafa mustang mustang0
        mustang1 mustang2 mustang3 mustang5 mustang6 mustang7 mustang8 mustang9 mustangg mustangs mustard mybaby myfriend
        mylife mylove mymother mynameis mypass mypasswo mypassword mysecret myspace1 mysterio mystic myxworld nadezhda
        naked nancy123 napass napster naruto nascar nascar24 nastenka nasty nasty1 nastya natali natalie1 natascha natasha
        natasha1 natashka natedogg nathanie naughty naughty1 nautilus navigato navigator navyseal nbuhtyjr ncc1701 ncc1701a
        ncc1701d ncc1701e ncc74656 ne1469 nebraska needforspeed nemesis nemesis1 nemrac58 nemvxyheqdd5oqxyxyzi neng neptune
        netscape network1 nevada nevermin nevermind nevermor nevermore newbie newcastl newlife newlife1 neworder newpass
        newpass1 newpass6 newport newport1 newproject2004 newstart newstyle newworld newyork newyork1 nfnmzyf
        nhfdvfnjkju123 nicetits nicholas1 nickel nicola nicole1 nigger nighthaw nightmar nightowl nightwin nightwish nike
        nikita nikita123 nikitina nikola nikolaus nikolay nimbus nimrod nineball nineinch niners ninja ninjas nintendo
        nipper nipple nipples nirvana nirvana1 nissan nitram njdevils nocturne nofear nokia nokia123 nokia3250 nokia3310
        nokia5130 nokia5230 nokia5300 nokia5530 nokia5800 nokia6233 nokia6300 nokian70 nokian73 nolimit nolimits noname123
        nong nonmembe nonrev67 noodle noodles nookie nopass nopassword normandy northsta nosferat nosferatu nostromo
        notebook nothing1 notredam notredame nounours novell novifarm novikova nthvbyfnjh ntktdbpjh nude nudist nugget
        nuggets number1 nuttertools nwo4life nygiants nyjets nyknicks nylons nymets nyyankee oakland oasis obiwan oblivion
        obsidian oc247ngucz oceans11 octavian october1 october2 odysseus ohyeah oicu812 oilers oksana oldman oldschool oleg
        oliver oliver1 olivetti olivier omega omega1 omegared omsairam onelove onepiece onetime online onlyme open1234
        opendoor opensesame openup operator optimist optimus optiplex oracle orange orange1 orange12 oranges orchid orgasm
        oriflame orioles orion orlando1 oscar1 oscar123 osiris othello ou812 ou8122 outkast outlaw outsider overkill
        overlord oxford p0015123 p0o9i8u7 p455w0rd p4ssw0rd p@ssw0rd pa55w0rd pa55word pacers pacifica packard packard1
        packer packers packers1 packers4 pacman padres paintbal paintball pakistan paladin paladin1 pallmall palmetto
        palmtree paloma panama panasoni panasonic panchito pancho panda pandora pandora1 panorama pantera pantera1 panther
        panther1 panthers panties panties1 pantyhos pantyhose panzer papabear papamama papercut paperino papichul papillon
        paradigm paradise paradox paramedi paramore parlament parola parolparol parrot parsifal partizan pasadena pascal
        pass pass123 pass1234 passat passcode passfind passion passion1 passions passmast passme passport passthie passw0rd
        passwd passwerd passwor passwor1 password password0 password01 password1 password11 password12 password123
        password2 password3 password4 password69 password9 password99 passwords passwordstandard passwort patches patches1
        pathfind pathfinder patricio patrick1 patrick2 patrick9 patriot patriot1 patriots patrizia patterso pavement
        pavilion payton34 peaceout peach peaches peaches1 peaches2 peanut peanuts pearljam pebbles peekaboo peewee pegasus
        pegasus1 pencil pendrago penetrating penetration peng penguin penguin1 penguins penis pennstat pennstate penny1
        pennywis penthous pentium pentium4 pepper pepper1 pepper12 pepsi pepsi1 pepsi123 pepsicola peregrin perfect1
        pertinant pervasive pervert pescator peter1 peter123 peterbil peternorth peterose peterpan petrov petrovich peugeot
        phaedrus phantasm phantom phantom1 pharmacy pheasant pheonix phialpha philippe philips phillies phillip1 philly
        phish phoenix phoenix1 phoenix2 photos phpbb pi314159 pianoman piao piazza31 picard picasso piccolo pickle pickles
        pickup pics pictuers piercing piglet pikachu pillow pimp pimpdadd pimpdaddy pimpin pimpster pineappl pineapple
        pinetree pinewood ping pingpong pinhead pink pinkfloy pinkfloyd pinky pinnacle pioneer pioneer1 pipeline pippen
        pippen33 piramida piramide pirate pirates pisces pissing pissoff pistol pitbull pitchers pittbull pizza pizzahut
        pizzaman pizzapie pizzas planet plastic plastics platinum platypus playball playboy playboy1 playboy2 playboys
        player player69 playmate playstat playstation playtime pleaseme plumber plymouth pobeda poison poiuyt poiuytrewq
        pokemon pokemon1 pokemon123 polarbea polaris polaroid police police22 polina polniypizdec0211 polniypizdec110211
        polo polska pompey poncho pontiac pontiac1 pony poochie poodle pooh poohbear pookie pool6123 poontang poop pooper
        poophead poopie poopoo pooter popcorn popcorn1 popeye poppy porkchop porn porn4life pornking porno pornographic
        pornos pornpass pornstar porsche porsche1 porsche9 porsche911 portland portugal poseidon possum postal postov1000
        potato pothead powder power1 power123 powerade powerman prashant preacher precious predator prelude prelude1
        presario presiden presto prettygirl primetim primrose primus prince princes princesa princess princess1 princessa
        princeto pringles printer priscill prissy private private1 privet priyanka prodigy prophet prospero proverbs proxy
        psychnau psychnaut1 psycho puddin pudding pufunga7782 pumpkin pumpkin1 pumpkins punisher punkin punkrock puppies
        puppy puppydog pupsik puravida purdue purple pussey pussie pussies pussy pussy1 pussy123 pussy4me pussy69 pussycat
        pussyeat pussyeater pussylicker pussylov pussylover pussyman pussys putter pyramid pyramid1 pyramids python q12345
        q123456 q1234567 q123456789 q1234567890 q1q2q3q4 q1q2q3q4q5 q1w2e3 q1w2e3r4 q1w2e3r4t q1w2e3r4t5 q1w2e3r4t5y6
        q1w2e3r4t5y6u7 q1w2e3r4t5y6u7i8 q1w2e3r4t5y6u7i8o9p0 q2w3e4r5 q8zo8wzq qawsed qawsedrf qawsedrftg qaz123 qaz12345
        qaz123wsx qazqaz qazwsx qazwsx1 qazwsx12 qazwsx123 qazwsxed qazwsxedc qazwsxedc1 qazwsxedc123 qazwsxedcrfv
        qazwsxedcrfvtgb qazxsw qazxsw12 qazxsw123 qazxswed qazxswedc qazxswedcvfr qazzaq qiao qing qiong qq123456 qqq111
        qqqq1111 quan quant4307s quantum quartz quattro queens quest qw123456 qwaszx qwaszx12 qwaszx123 qwe123 qwe123qwe
        qweasd qweasd123 qweasdzx qweasdzxc qweasdzxc123 qwedsazxc qweqwe qweqwe123 qwer123 qwer1234 qwer4321 qwerasdf
        qwerasdfzxcv qwerfdsa qwert qwert1 qwert123 qwert12345 qwertasdfg qwertasdfgzxcvb qwerty qwerty00 qwerty1 qwerty11
        qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwerty123456789 qwerty13 qwerty22 qwerty77 qwerty777
        qwerty78 qwerty99 qwertyasdfgh qwertyu qwertyui qwertyuio qwertyuiop qwertyuiop12345 qwertz qwertzui r2d2c3p0
        r2d2c3po r4e3w2q1 rabbit rabota racecar racer racerx rachel1 racing radiance radiohea radiohead ragnarok raider
        raiders raiders1 rainbow rainbow1 rainbow6 rainbows raindrop rainman rainyday raistlin rambler rambo rammstei
        rammstein ramses ramstein ranchero rancid random ranger ranger1 rangers rangers1 raptor rapunzel rascal rasdzv3
        rasputin rasta rastaman raven raven1 ravens raymond1 razorbac razz rb26dett rbhbkk rctybz rdfhnbhf reader
        realmadrid reaper rebbyt34 rebecca1 rebel rebels reckless red123 red12345 redalert redbaron redbeard redbirds
        redbull reddevil reddog reddragon reddwarf redfish redhead redhead1 redheads redhot redlight redline redman redneck
        redneck1 redrum redshift redskins redsox redsox04 redstorm redtruck redwing redwing1 redwings redwood reebok reefer
        reloaded remingto renault renegade reng repytwjd repytwjdf rerehepf rereirf rerfhfxf rerfhtre rescue retard
        revival47 revoluti revolver rfgbnjirf rfhbyf rfhfvtkmrf rfhfylfi rfhlbyfk rfhnjirf rfnthbyf rfntymrf rfpfynbg
        rfrfirf rfrnec rfvfcenhf rhapsody rhbcnbyf rhfcfdbwf rhfcfdxbr rhfcjnrf rhino rhjrjlbk rhtdtlrj riccardo richard1
        richard2 rickster ricochet riffraff rightnow ripken ripper ripple riverrat riversid rjhjktdf rjirfrgbde rjntyjr
        rjyatnrf rjycnfynby rktjgfnhf roadkill roadking roadrunn roadrunner roadster robert1 robert12 roberto1 robinhoo
        robinhood robotech robotics rocheste rocker rocket rocketma rocketman rockets rockford rockhard rocknrol rocknroll
        rockon rockroll rocks rockstar rocky1 rocky123 rockydog rodman roller rolltide romanova romashka rommel ronaldinho
        ronaldo ronaldo1 ronaldo7 ronaldo9 roodypoo rookie rooster rooster1 roosters rootbeer rootedit rosebud rosebud1
        rosewood rotten rotterda route66 rover rovers royals rsalinas rt6ytere rtyuehe ruan rubber rulez rulezzz runescape
        runner rush2112 rushmore ruslan russell1 russia russian7 rustam rusty1 rustydog saab9000 sabbath sabine sabres
        sabrina1 sadie1 safari sailboat sailfish sailing sailor sailormoon saints sakura salamand salamander salamandra
        salasana saleen sally1 salmon salomon salsero saltydog salvator samadams samantha samantha1 samiam sammy1 sammy123
        sammyboy sammydog sampson1 samson samsung samsung1 samtron samurai samurai1 sancho sandiego sandman sandman1
        sandrine sandro sandy1 sandy123 sandydog sanfran sanity72 santacru saopaulo sapper sapphire sarah1 sarah123
        sarajevo saratoga sascha sasha1 sasha123 sasha_007 sassy sasuke satan satan666 satana satellit satriani saturn saun
        sauron sausage sausages save13tx saxophon sayang scania scanner scarface scarlet schastie scheisse schnuffi
        scimitar scirocco scooby scooby12 scoobydo scoobydoo scooter scooter1 scooter2 scooters scorpio scorpio1 scorpion
        scorpions scotch scotland scott1 scott123 scotty scout scrabble scrapper scrappy scream screamer screwyou scribble
        scruffy scruffy1 scuba scully seahawks seahorse sealteam seamus searay searcher seattle seattle1 sebastia sebastie
        secret secret1 security seductive seeker segblue2 seinfeld select seminole semperfi senators seng sensatio sentinel
        sephirot sephiroth septembe sepultura seraphim serega serenity sergbest sergei sergey sergi sersolution server
        service1 sesame seven7 seven777 sevenof9 sex123 sex4me sexsex sexsexse sexslave sexual sexx sexxxx sexy sexy1
        sexy69 sexybabe sexybaby sexybitch sexygirl sexylady sexymama sexyman sfgiants shado shadow shadow01 shadow1
        shadow11 shadow12 shadow123 shadow13 shaggy shai shalom shaman shamrock shaney14 shang shania shannara shannon1
        shaolin shark sharks sharky shasta shaved shazam sheepdog shelby shemale sherlock shevchenko shiloh shinigami
        shitface shitfuck shithead shitty shogun shooter shooter1 shorty shotgun shotgun1 shotokan shou showboat showme
        showtime shredder shun sidekick sidewind siemens sierra sigmachi silver silver1 silver12 silverad silverado
        silverfo simba simon1 simple simpson1 simpsons sinatra sinbad singapor sinister sinner sirius sithlord sixers
        sixtynin sixtynine sk84life sk8ordie skate skateboa skateboard skater skeeter skeeter1 skeletor skidoo skiing
        skinhead skinny skipper skipper1 skippy skittles skorpion skydive skydiver skylar skyler skyline skyline1 skypilot
        skywalke skywalker slacker slacking slamdunk slapnuts slappy slapshot slave slave1 slayer slayer66 slayer666 sleepy
        slick slider slim slimed123 slimshad slimshady slinky slipknot slipknot1 slippery slowhand slut sluts slutty
        smackdow smackdown smallville smartass smarties smashing smeghead smegma smelly smiles smiley smirnoff smirnova
        smiths smitty smoke smoke420 smokedog smoker smokes smokey smokin smooth smoothie smudge smuggles smut snake snake1
        snakeman snakes snapon snapper snapple snapshot snatch sneakers snickers sniper snoogans snoop snoopdog snoopdogg
        snoopy snowball snowbird snowboar snowboard snowflak snowflake snowman snowman1 snuggles sobaka sobriety soccer
        soccer1 soccer10 soccer11 soccer12 soccer13 soccer15 socrates softball softtail software sojdlg123aljg sokolova
        soldier soldier1 soleil solidsnake solitude solnce solnishko sommer songbird sonic sonics sonnyboy sonoma sony
        sonyericsson sonyfuck sonyvaio sooners sooners1 sophie sopranos sorcerer soso123aljg soulmate southpar southpark
        southpaw southsid southside spaceman spank spanking spankme spanky sparhawk sparkle sparkles sparky sparky1 sparta
        spartacu spartak spartan spartan1 spartan117 spartans spawn speaker special1 specialk spectre spectrum speedy
        spencer1 spice spider spiderma spiderman spiderman1 spidey spike spike1 spinner spirit spitfire splash splatter
        splinter sponge spongebo spongebob spooky spoonman sportste spring sprint sprinter sprite sprocket spunky spurs
        spurs1 sputnik spyder squall squash squerting squirrel squirt srinivas stairway stalin stalker stalker1 stallion
        stallone stamford stampede stanislav stanley1 star star69 starbuck starbucks starcraf starcraft stardust starfire
        starfish stargate stargaze starligh starlight starlite starman starship start123 starter startrek starwars
        starwars1 static stealth stealth1 steeler steelers steelers1 steelhea stefano steph stephani stephen1 stereo
        sterlin steve1 steve123 stewart1 stickman sticks sticky stigmata stiletto stimpy sting stinger stinger1 stingray
        stinky stocking stocks stonecol stonecold stoned stones stonewal stoney stoppedby storm stormy strange1 stranger
        strannik stratfor strawber strawberry streaming strider strike striker stripper stroller stud studly stumpy stunner
        stupid subaru sublime sublime1 submarin subway subzero success success1 suck suckcock suckdick sucker suckit suckme
        suckmydick sucks sugar suikoden sultan summer summer01 summer1 summer12 summer69 summer99 summerti summertime
        summit sundance sunday sunderla sundevil sunflowe sunflower sunlight sunnyday sunrise sunrise1 sunset sunshin
        sunshine sunshine1 super super1 super123 superbow superboy superdup superfly superman superman1 supernov supernova
        supersonic supersta superstar surf surfer surfing surveyor survivor suzuki sveta svetik svetlana svetlanka svoboda
        swallow swallows sweet1 sweetass sweethea sweetnes sweetness sweetpea sweets sweety swimmer swimming swinger
        swingers swinging sword swordfis swordfish swords sycamore sydney sylvania sylveste syncmaster syracuse sysadmin
        system32 t34vfrc1991 tacobell tacoma taekwond taekwondo tagheuer tailgate takamine takehana talisman talon tamerlan
        tampabay tanechka tangerin tango tanker tarantul tardis target tarheel tarheels tarzan tashkent tattoo tatyana
        taurus taylor1 taylor12 tazdevil tazman tazmania tdutybq tdutybz teacher teacher1 teamwork technics techno tecumseh
        teddy1 teddybea teddybear teen teens tekken telecast telefon telephon televizor temp temp1234 tempest templar
        temporar temppass temptress tenerife teng tennesse tennis tequiero tequila tequila1 terminat terminator terrapin
        terriers terror test test1 test123 test1234 tester testibil testing testing1 testpass texas1 thailand thanatos
        thankyou thebeast theboss thecat theclash thedog thedoors thedude theend theflash theforce thegame thegreat
        thejoker thekid theking thelast1 theman thematri thematrix theone theraven therock therock1 thesaint thesims
        thetachi thething thetruth theworld thinkpad thirdeye thirteen thisisit thissuck thomas01 thomas1 thomas12 thongs
        thor thorsten threesom thuglife thumbnils thumbs thumper thumper1 thunder thunder1 thunderb thunderbird thunders
        thx1138 tian tiberian tiberius tickle tickling ticklish ticktock tiffany1 tiger tiger1 tiger123 tigercat tigerlil
        tigerman tigers tigerwoo tigger tigger01 tigger1 tigger12 tightass tights timber timelord timothy1 timoxa94 ting
        tinker tinkerbe tinkerbell tinman tintin tiramisu titanic titanic1 titanium titans titleist titlover tits titten
        titties titty tkbpfdtnf tokiohotel tolkien tomahawk tomato tomcat tommy1 tommyboy tomservo tonyhawk toolman
        tooltime toon toonarmy tooshort toosweet tootsie topcat topdog topgun topher topolino topper topsecre topsecret
        toriamos tornado toronto toronto1 tortoise toshiba toshiba1 tottenha tottenham touchdow toughguy toulouse toyota
        tracker tractor trader trader12 trafford trailers trance transam transam1 transexual transfor translator trapper
        trashman travel traveler travelle treasure trebor treefrog trfnthbyf triangle tricky trident trigger trigger1
        trinitro trinitron trinity trinity1 triplets tristan1 triton triumph trixie trojan trojans trojans1 trombone
        trooper trooper1 troopers trouble trouble1 trousers truck trucker trucker1 truckers trucking trucks trueblue
        truelove truffles trumpet trumpet1 trunks trustn01 trustno1 trustnoone tryagain tsunami tuesday tulips tunafish
        tundra turbo turbo1 turkey turkey50 turtle tweety twilight twinkle twisted twister tyler1 typhoon ufhvjybz ufkbyf
        uhbujhbq ukflbjkec ultima ultimate ultraman umbrella uncencored underdog undertak undertaker undertow unicorn
        unicorn1 universa universi unreal ursitesux usa123 usarmy username usmarine usmc usmc0311 usnavy usuckballz1
        utahjazz utopia vacation vader vagabond vagina valdemar valdepen valentin valentina valera valeriya valhalla
        valkyrie valleywa vampire vampire1 vancouve vanessa1 vanguard vanhalen vanilla vaseline vasilisa vatoloco vauxhall
        vaz21099 vector vectra vedder vegas123 vegeta velvet vendetta venera venezuel verbatim vergeten veritas vermont
        vermont1 veronika vertigo verygood vette vfczyz vfhbyf vfhbyjxrf vfhecz vfhnsirf vfhufhbnf vfhvtkfl vfitymrf
        vfksirf vflfufcrfh vfnbkmlf vfntvfnbrf vfpfafrf vfrcbv vfrcbvec vfrcbvrf vfvekz vfvfgfgf vfvfvskfhfve vfvjxrf
        vfylfhby vh5150 viagra vicecity victory victory1 viewsoni viewsonic viking vikings vikings1 viktor viktoria
        viktoriya vincent1 violator violetta viper viper1 viper123 vipergts vipers virgin virginie vision vitalik vittorio
        vivitron vjhrjdrf vjqgfhjkm vkontakte vlad1996 vladik vladimir vladislav vladvlad vodafone volkodav volkswag
        volkswagen volley volleyba voltaire volvo voodoo vortex voyager voyager1 voyeur vqsablpzla vsjasnel12 vthctltc
        vulcan w1w2w3w4 wachtwoord waffenss wallace1 walleye walmart walnut walrus wanderer wanker wapapapa wapbbs warcraft
        warcraft1 warcraft3 wareagle warehous wargames warhamme warhammer warlock warlord warrior warrior1 warriors warthog
        wasdwasd washingt wasser wassup watcher water123 waterboy waterfal waterloo watermel watermelon waterpolo waterski
        wdtnjxtr weare138 weasel webhompas webmaste webmaster websol76 websolutions websolutionssu wednesda weed weezer
        weihnachtsbaum welcome welcome1 welcome123 welcome2 welder wellhung wellingt werewolf westcoas westcoast westham
        westham1 westlife westport westside westwood wetpussy wg8e3wjf whatever whatever1 whatisit whatsup whatthefuck
        wheels whiplash whiskers whiskey whiskey1 whisky whisper whistler whiteboy whiteout whitesox whitey whitney1
        whocares whoknows whoopass whore whosyourdaddy whynot wibble wicked wildbill wildcard wildcat wildcat1 wildcats
        wildfire wildman wildwood william1 william2 willow winchest windmill windows windows1 windsor windstar windsurf
        wingchun wingzero winner winston winston1 winter winter12 winter99 wisconsi wisdom wishbone wizard wolf359 wolfgang
        wolfie wolfman wolfpack wolverin wolverine wolves wombat wonderboy wonderfu wonkette woodland woodstoc woodstock
        woodwork woody woody1 woofwoof woohoo wookie wordpass worldcup wp2003wp wrangler wrestle wrestlin wrinkle1 wrinkles
        wutang x72jhhu3z xanadu xavier xbox360 xboxlive xerxes xfiles xiang xsw21qaz xthtgfirf xtreme xxx123 xxxpass xyz123
        yamaha yamahar1 yamahar6 yankee yankees yankees1 yankees2 yardbird yaroslav ybrbnf ybrjkfq yeahbaby year2005 yellow
        yesterda yfcntymrf yfnfif yfnfitymrf yfnfkmz yingyang yjdsqgfhjkm yjdsqujl yoda yogibear yomama yorkshir yorktown
        yosemite youandme yourmama yourmom yousuck ytngfhjkz ytrewq ytrhjvfyn ytyfdbcnm yzerman z1x2c3 z1x2c3v4 z1x2c3v4b5
        z1x2c3v4b5n6m7 zachary1 zanzibar zaphod zappa zaq123 zaq12345 zaq12wsx zaq1xsw2 zaq1xsw2cde3 zaqwsx zaqwsxcde
        zaqxsw zaqxswcde zaxscdvf zcxfcnkbdf zenith zeppelin zerocool zeus zhai zhei zheng zhong zhou zhuai zhuang zhun
        zidane ziggy zigzag zildjian zipper zippy zolushka zombie zorro zqjphsyf6ctifgu zvezda zxasqw12 zxc123 zxcasd
        zxcasdqwe zxcasdqwe123 zxcv1234 zxcvasdf zxcvb123 zxcvb12345 zxcvbn zxcvbnm zxcvbnm1 zxcvbnm123 zxcvbnm123456789
        zxcvvcxz zz8807zpl
        """#
}
